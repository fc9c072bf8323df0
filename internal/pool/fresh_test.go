package pool

import (
	"testing"
	"time"
)

func TestWithin(t *testing.T) {
	kept := &fake{pools: []Pool{{NativeID: "p", Name: "kept"}}}
	src := kept.source("s", Huawei)
	var asked []time.Duration
	src.Within = func(maxAge time.Duration) Reader {
		asked = append(asked, maxAge)
		return &fake{pools: []Pool{{NativeID: "p", Name: "fresh"}}}
	}
	svc := NewService([]Source{src, (&fake{pools: []Pool{{NativeID: "bare"}}}).source("t", Huawei)})
	got, _, err := svc.Within(time.Minute).Pool(t.Context(), ID{"s", "p"})
	if err != nil || got.Pool.Name != "fresh" || len(asked) != 1 || asked[0] != time.Minute {
		t.Errorf("the %s pool, %v, asked for %v; want the fresh one, asked for a minute", got.Pool.Name, err, asked)
	}
	if _, _, err := svc.Within(0).Pool(t.Context(), ID{"t", "bare"}); err != nil {
		t.Errorf("a source that keeps nothing: %v", err)
	}
	if got, _, _ := svc.Pool(t.Context(), ID{"s", "p"}); got.Pool.Name != "kept" {
		t.Error("the Service itself has changed")
	}
}
