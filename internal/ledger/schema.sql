-- The orders. record is the whole order, as text; the other columns are what
-- orders are found by.
create table orders (
	id         text collate "C" primary key,
	tenant     text not null,
	key        text not null,
	source     text not null,
	type       text not null,
	state      text not null,
	pools      text[] not null,
	created_at timestamptz not null,
	updated_at timestamptz not null,
	due_at     timestamptz,
	version    bigint not null,
	record     json not null,
	constraint orders_one_of_a_key unique (tenant, key)
);
create index orders_of_a_tenant on orders (tenant, id);
create index orders_of_a_source on orders (source, updated_at);
create index orders_in_a_state on orders (state, id);
create index orders_of_a_pool on orders using gin (pools);
create index orders_due on orders (due_at, id) where due_at is not null;

-- The pools that open orders hold.
create table order_pools (
	source   text not null,
	pool     text not null,
	order_id text collate "C" not null references orders (id),
	primary key (source, pool)
);
create index order_pools_of_an_order on order_pools (order_id);
