package handlers

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/deskpool/deskpool/internal/pool"
)

// ListProducts serves GET /v1/sources/{source}/products.
func (a *api) ListProducts(w http.ResponseWriter, r *http.Request, source string, p ListProductsParams) {
	kinds := words[pool.OfferKind](p.Kind)
	listOffers(a, w, r, offerQuery{source, p.Limit, p.Cursor, p.Fields, p.Include}, offers[pool.Offer, Offer]{
		ask:  pool.Products,
		want: func(o pool.Offer) bool { return len(kinds) == 0 || slices.Contains(kinds, o.Kind) },
		key:  func(o pool.Offer) string { return string(o.Kind) + "\x00" + o.Product.ID },
		show: view.offer,
	})
}

// ListImages serves GET /v1/sources/{source}/images.
func (a *api) ListImages(w http.ResponseWriter, r *http.Request, source string, p ListImagesParams) {
	listOffers(a, w, r, offerQuery{source, p.Limit, p.Cursor, p.Fields, p.Include}, offers[pool.ImageOffer, ImageOffer]{
		ask:  pool.Images,
		want: func(pool.ImageOffer) bool { return true },
		key:  func(o pool.ImageOffer) string { return o.Image.ID },
		show: view.imageOffer,
	})
}

// offerQuery asks for what one source offers.
type offerQuery struct {
	source          string
	limit           *int
	cursor          *string
	fields, include []string
}

// offers is how to list one kind of what can be ordered.
type offers[T, Row any] struct {
	ask  func(context.Context, pool.Source) (pool.Answer[[]T], pool.Outcome)
	want func(T) bool
	key  func(T) string // the order of rows
	show func(view, T, pool.Outcome) Row
}

func listOffers[T, Row any](a *api, w http.ResponseWriter, r *http.Request, q offerQuery, of offers[T, Row]) {
	c := callOf(r)
	v, total, f := c.caller.include(q.include)
	pref, f2 := a.prefer(r)
	page, f3 := a.paging(r, q.limit, q.cursor)
	src, f4 := a.catalogue(c, q.source)
	if f := firstOf(f, f2, f3, f4); f != nil {
		a.fail(w, r, *f)
		return
	}
	ctx, cancel := pref.patience(r)
	defer cancel()
	answer, outcome := of.ask(ctx, src)
	outcomes := []pool.Outcome{outcome}
	if f := unusable(outcomes, pref.strict); f != nil {
		a.failList(w, r, outcomes, f)
		return
	}
	a.list(w, r, v, outcomes, func() *rendered {
		all := of.sorted(answer.Value)
		shown, next := cut(all, page, func(p offered[T]) string { return p.at })
		size := len(all)
		return &rendered{
			body:  items(rows(shown, func(p offered[T]) Row { return of.show(v, p.offer, outcome) }), q.fields),
			page:  a.page(page, next, when(total, &size)),
			items: []int{len(shown)},
		}
	})
}

// catalogue finds a source, and that it says what can be ordered there.
func (a *api) catalogue(c *call, id string) (pool.Source, *failure) {
	src, found := c.service.Source(id)
	switch {
	case !found:
		return src, &failure{code: SourceNotFound, detail: meanings[SourceNotFound].text}
	case src.Catalogue == nil:
		return src, &failure{
			code:   CapabilityNotSupported,
			detail: "What can be ordered at this source cannot be asked. " + a.opts.PublicURL + "/v1/capabilities says what it can.",
		}
	}
	return src, nil
}

// offered is an offer and its place in the list.
type offered[T any] struct {
	at    string
	offer T
}

// sorted are the wanted offers by their keys. A cloud may list one twice, so
// that equal keys are numbered.
func (of offers[T, Row]) sorted(list []T) []offered[T] {
	var all []offered[T]
	times := map[string]int{}
	for _, o := range list {
		if of.want(o) {
			key := of.key(o)
			all = append(all, offered[T]{at: fmt.Sprintf("%s\x00%06d", key, times[key]), offer: o})
			times[key]++
		}
	}
	slices.SortFunc(all, func(a, b offered[T]) int { return cmp.Compare(a.at, b.at) })
	return all
}

func (v view) offer(o pool.Offer, out pool.Outcome) Offer {
	row := Offer{
		ID: o.Product.ID, Source: out.Source.ID, Cloud: string(out.Source.Cloud), Kind: string(o.Kind), Name: opt(o.Name),
		Product: product(o.Product), SystemDiskGiB: o.SystemDiskGiB, DataDiskGiB: o.DataDiskGiB, AsOf: readAt(out.AsOf),
	}
	if v.native {
		row.Native = v.parts(o.Native, &out.Source)
	}
	return row
}

func (v view) imageOffer(o pool.ImageOffer, out pool.Outcome) ImageOffer {
	row := ImageOffer{
		ID: o.Image.ID, Source: out.Source.ID, Cloud: string(out.Source.Cloud), Kind: opt(o.Kind), State: opt(o.State),
		Image: image(o.Image), SizeGiB: o.SizeGiB, CreatedAt: at(o.CreatedAt), AsOf: readAt(out.AsOf),
	}
	if v.native {
		row.Native = v.parts(o.Native, &out.Source)
	}
	return row
}
