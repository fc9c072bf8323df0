package handlers_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

// TestHostileQueries sends clumsy and hostile parameters.
func TestHostileQueries(t *testing.T) {
	table := []hostile{
		// names
		bad(poolList+"?nonsense=1", "nonsense", "UNKNOWN"), bad(poolList+"?Limit=5", "Limit", "UNKNOWN"), bad(poolList+"?LIMIT=5", "LIMIT", "UNKNOWN"),
		bad(poolList+"?limit%20=5", "limit ", "UNKNOWN"), bad(poolList+"?limit[]=5", "limit[]", "UNKNOWN"), bad(poolList+"?limit%00=5", "limit?", "UNKNOWN"),
		bad(poolList+"?name.Contains=x", "name.Contains", "UNKNOWN"), bad(poolList+"?offset=5", "offset", "UNKNOWN"), bad(poolList+"?page=2", "page", "UNKNOWN"),
		bad(poolList+"?=1", `""`, "UNKNOWN"), bad(poolList+"?%ff=1", "?", "UNKNOWN"), bad(poolList+"?user=alice", "user", "UNKNOWN"), bad(poolList+"?Prefer=wait", "Prefer", "UNKNOWN"),
		bad(poolList+"?id=m1:pool-1", "id", "UNKNOWN"), bad(poolList+"?max_age=0", "max_age", "UNKNOWN"), bad(poolList+"?max_stale=60", "max_stale", "UNKNOWN"),
		bad("/v1/pools/m1:pool-1?limit=5", "limit", "UNKNOWN"), bad("/v1/pools/m1:pool-1/native?include=native", "include", "UNKNOWN"), bad("/v1/sources?include=total", "include", "UNKNOWN"),
		bad("/v1/sources/m1?fields=id", "fields", "UNKNOWN"), bad("/livez?x=1", "x", "UNKNOWN"), bad("/openapi.json?pretty=1", "pretty", "UNKNOWN"), bad("/problems/not-found?lang=en", "lang", "UNKNOWN"),
		bad(desktopList+"?state=READY", "state", "UNKNOWN"), bad(desktopList+"?sort=name", "sort", "UNKNOWN"), bad(statistics+"?fields=total", "fields", "UNKNOWN"),
		bad(poolList+"?"+strings.Repeat("n", 5000)+"=1", strings.Repeat("n", 200)+"…", "UNKNOWN"),
		// empty and repeated
		bad(poolList+"?limit=", "limit", "EMPTY"), bad(poolList+"?limit", "limit", "EMPTY"), bad(poolList+"?state=", "state", "EMPTY"), bad(poolList+"?name=", "name", "EMPTY"), bad(poolList+"?cursor=", "cursor", "EMPTY"),
		bad(poolList+"?fields=", "fields", "EMPTY"), bad(poolList+"?created_at.gte=", "created_at.gte", "EMPTY"), bad(poolList+"?in_maintenance", "in_maintenance", "EMPTY"), bad(desktopList+"?user=", "user", "EMPTY"),
		bad(poolList+"?limit=1&limit=1", "limit", "REPEATED"), bad(poolList+"?limit=1&limit=2", "limit", "REPEATED"), bad(poolList+"?state=READY&state=CHANGING", "state", "REPEATED"),
		bad(poolList+"?name=a&name=", "name", "REPEATED"), bad(desktopList+"?include_deleted=true&include_deleted=false", "include_deleted", "REPEATED"), bad(poolList+"?"+strings.Repeat("limit=1&", 3000), "limit", "REPEATED"),
		bad(poolList+"?state=READY,READY", "state", "REPEATED"), bad(poolList+"?fields=id,name,id", "fields", "REPEATED"), bad(poolList+"?sort=name,name", "sort", "REPEATED"), bad(statistics+"?states=power,power", "states", "REPEATED"),
		bad(poolList+"?source=m1,m1", "source", "REPEATED"), bad(poolList+"?image_id=a,b,a", "image_id", "REPEATED"), bad(statistics+"?states=power&statistics_type=run-state", "statistics_type", "REPEATED"),
		// lists
		bad(poolList+"?state=,", "state", "REPEATED"), bad(poolList+"?state=READY,", "state", "NOT_ALLOWED"), bad(poolList+"?state=,READY", "state", "NOT_ALLOWED"), bad(poolList+"?state=ready", "state", "NOT_ALLOWED"),
		bad(poolList+"?state=READY%20", "state", "NOT_ALLOWED"), bad(poolList+"?state=READY;CHANGING", "", ""), bad(poolList+"?state=READY|CHANGING", "state", "NOT_ALLOWED"), bad(poolList+"?state=BROKEN", "state", "NOT_ALLOWED"),
		bad(poolList+"?billing_mode=1", "billing_mode", "NOT_ALLOWED"), bad(poolList+"?sort=colour", "sort", "NOT_ALLOWED"), bad(poolList+"?sort=%2Bname", "sort", "NOT_ALLOWED"), bad(poolList+"?sort=--name", "sort", "NOT_ALLOWED"),
		bad(poolList+"?sort=name%20desc", "sort", "NOT_ALLOWED"), bad(poolList+"?fields=native", "fields", "NOT_ALLOWED"), bad(poolList+"?fields=*", "fields", "NOT_ALLOWED"), bad(poolList+"?fields=counts.", "fields", "NOT_ALLOWED"),
		bad(poolList+"?fields=__proto__", "fields", "NOT_ALLOWED"), bad(desktopList+"?fields=counts", "fields", "NOT_ALLOWED"), bad(poolList+"?include=everything", "include", "NOT_ALLOWED"), bad("/v1/pools/m1:pool-1?include=total", "include", "NOT_ALLOWED"),
		bad(statistics+"?group_by=region", "group_by", "NOT_ALLOWED"), bad(statistics+"?group_by=cloud,source", "group_by", "NOT_ALLOWED"), bad(statistics+"?desktop_type=pooled", "desktop_type", "NOT_ALLOWED"), bad(statistics+"?desktop_type=DEDICATED&group_by=pool", "desktop_type", "NOT_ALLOWED"), bad(statistics+"?desktop_type=DEDICATED&pool_id=m1:pool-1", "desktop_type", "NOT_ALLOWED"), bad(statistics+"?statistics_type=RUN-STATE", "statistics_type", "NOT_ALLOWED"),
		bad(desktopList+"?power_state=ON", "power_state", "NOT_ALLOWED"), bad(desktopList+"?summary_state=IN-USE", "summary_state", "NOT_ALLOWED"), bad(desktopList+"?lifecycle_state=DELETED,GONE", "lifecycle_state", "NOT_ALLOWED"),
		bad(poolList+"?cloud=AZURE", "cloud", "NOT_ALLOWED"), bad(poolList+"?cloud=memory", "cloud", "INVALID"), bad(poolList+"?source=m2", "source", "NOT_ALLOWED"), bad(poolList+"?source=M1", "source", "INVALID"), bad(poolList+"?source=m1,m2", "source", "NOT_ALLOWED"),
		bad(poolList+"?source=*", "source", "INVALID"), bad(poolList+"?region=nowhere", "region", "NOT_ALLOWED"), bad(poolList+"?region=../..", "region", "INVALID"), bad(poolList+"?image_id=a,,b", "image_id", "INVALID"), bad(poolList+"?state="+strings.Repeat("READY,", 20_000)+"x", "state", "REPEATED"),
		bad("/v1/sources?cloud=AZURE", "cloud", "NOT_ALLOWED"), bad("/v1/capabilities?source=m9", "source", "NOT_ALLOWED"), bad(statistics+"?source=m9", "source", "NOT_ALLOWED"),
		// numbers, booleans and times
		bad(poolList+"?limit=0", "limit", "OUT_OF_RANGE"), bad(poolList+"?limit=-1", "limit", "OUT_OF_RANGE"), bad(poolList+"?limit=1001", "limit", "OUT_OF_RANGE"), bad(poolList+"?limit=9223372036854775807", "limit", "OUT_OF_RANGE"),
		bad(poolList+"?limit=9223372036854775808", "limit", "INVALID"), bad(poolList+"?limit=abc", "limit", "INVALID"), bad(poolList+"?limit=5.0", "limit", "INVALID"), bad(poolList+"?limit=1e2", "limit", "INVALID"), bad(poolList+"?limit=0x10", "limit", "INVALID"),
		bad(poolList+"?limit=+5", "limit", "INVALID"), bad(poolList+"?limit=%2B5", "limit", "INVALID"), bad(poolList+"?limit=005", "limit", "INVALID"), bad(poolList+"?limit=5%20", "limit", "INVALID"), bad(poolList+"?limit=%D9%A5", "limit", "INVALID"), bad(poolList+"?limit=5,6", "limit", "INVALID"), bad(poolList+"?limit=1_0", "limit", "INVALID"),
		bad(poolList+"?in_maintenance=yes", "in_maintenance", "INVALID"), bad(poolList+"?in_maintenance=1", "in_maintenance", "INVALID"), bad(poolList+"?in_maintenance=TRUE", "in_maintenance", "INVALID"), bad(poolList+"?in_maintenance=t", "in_maintenance", "INVALID"),
		bad(desktopList+"?include_deleted=T", "include_deleted", "INVALID"), bad(statistics+"?exact=0", "exact", "INVALID"), bad(statistics+"?exact=True", "exact", "INVALID"),
		bad(poolList+"?created_at.gte=yesterday", "created_at.gte", "INVALID"), bad(poolList+"?created_at.gte=2025-05-01", "created_at.gte", "INVALID"), bad(poolList+"?created_at.gte=2025-05-01T00:00:00", "created_at.gte", "INVALID"), bad(poolList+"?created_at.gte=2025-02-30T00:00:00Z", "created_at.gte", "INVALID"),
		bad(poolList+"?created_at.lt=2025-05-01T25:00:00Z", "created_at.lt", "INVALID"), bad(poolList+"?created_at.lt=1746057600", "created_at.lt", "INVALID"), bad(poolList+"?created_at.lt=2025-05-01T00:00:00+08:00", "created_at.lt", "INVALID"), bad(poolList+"?created_at.gte=2025-05-01T23:59:60Z", "created_at.gte", "INVALID"), bad(poolList+"?created_at.gte=99999-05-01T00:00:00Z", "created_at.gte", "INVALID"),
		// texts
		bad(poolList+"?name="+strings.Repeat("n", 257), "name", "OUT_OF_RANGE"), bad(poolList+"?name.contains="+strings.Repeat("%E4%BA%91", 257), "name.contains", "OUT_OF_RANGE"), bad(poolList+"?name=%00", "name", "INVALID"), bad(poolList+"?name=a%0Ab", "name", "INVALID"), bad(poolList+"?name=%ff", "name", "INVALID"), bad(poolList+"?name=%7f", "name", "INVALID"),
		bad(desktopList+"?user="+strings.Repeat("n", 257), "user", "OUT_OF_RANGE"), bad(desktopList+"?user=%0d%0ax", "user", "INVALID"), bad(poolList+"?cursor="+strings.Repeat("n", 4097), "cursor", "OUT_OF_RANGE"),
		bad(statistics+"?pool_id=m1", "pool_id", "INVALID"), bad(statistics+"?pool_id=m1%253Apool-1", "pool_id", "INVALID"), bad(statistics+"?pool_id=m1:pool-1,m1:", "pool_id", "INVALID"), bad(statistics+"?pool_id=m1:"+strings.Repeat("a", 129), "pool_id", "INVALID"), bad(statistics+"?pool_id=M1:pool-1", "pool_id", "INVALID"),
	}
	for i := range table {
		if strings.Contains(table[i].target, ";") { // no query at all
			table[i].code = "MALFORMED_REQUEST"
		}
	}
	for _, query := range []string{"%zz", "limit=%", "limit=%f", "a=%u0041", "limit=5;sort=name", ";"} {
		table = append(table, hostile{target: poolList + "?" + query, status: 400, code: "MALFORMED_REQUEST"})
	}
	refused(t, table)
}

// TestEveryFaultAtOnce: a request with many faults is told them all, within bounds.
func TestEveryFaultAtOnce(t *testing.T) {
	g := tenants(t)
	target := poolList + "?nonsense=1&limit=0&state=READY,ready&name=&sort=name&sort=id&in_maintenance=x&created_at.gte=x"
	problem := row(g.get(target, "Cache-Control: only-if-cached", "Prefer: "+strings.Repeat("x", 300)).json(t))
	for name, fault := range map[string]string{
		"nonsense": "UNKNOWN", "limit": "OUT_OF_RANGE", "state": "NOT_ALLOWED", "name": "EMPTY", "sort": "REPEATED", "in_maintenance": "INVALID", "created_at.gte": "INVALID", "Cache-Control": "NOT_ALLOWED", "Prefer": "OUT_OF_RANGE",
	} {
		if !names(problem, name, fault) {
			t.Errorf("%s is not %s in %v", name, fault, problem["errors"])
		}
	}
	if n := len(problem["errors"].([]any)); n != 9 || problem.text("code") != "UNKNOWN_PARAMETER" {
		t.Errorf("%d faults, code %s", n, problem.text("code"))
	}
	many := url.Values{}
	for i := range 5000 {
		many.Set(fmt.Sprint("x", i), "1")
	}
	rep := g.get(poolList + "?" + many.Encode())
	if rep.status != 400 || len(rep.body) > 100_000 {
		t.Errorf("5,000 unknown parameters: %d with %d bytes", rep.status, len(rep.body))
	}
	allowed := row(g.get("/v1/pools/m1:pool-1?x=1").json(t)["errors"].([]any)[0].(map[string]any))["allowed"]
	if got := fmt.Sprint(allowed); got != "[fields include]" {
		t.Errorf("allowed is %s", got)
	}
}
