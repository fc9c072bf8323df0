package wire

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskpool/deskpool/internal/pool"
)

type head struct {
	RequestID string `json:"RequestId"`
}

type row struct {
	ID    string            `json:"id"`
	Note  *string           `json:"note"`
	Size  *int              `json:"size"`
	Bytes *int64            `json:"bytes"`
	GPU   *float64          `json:"gpu"`
	CPU   *int              `json:"cpu" wire:"text"`
	On    *bool             `json:"on"`
	Made  time.Time         `json:"made"`
	Tags  []string          `json:"tags"`
	Disks []disk            `json:"disks"`
	Image *disk             `json:"image"`
	Meta  map[string]string `json:"meta"`
	Any   json.RawMessage   `json:"any"`
	Old   json.RawMessage   `json:"old" wire:"ignore"`
	Raw   json.RawMessage   `json:"-" wire:"raw"`
	head
}

type disk struct {
	Type string          `json:"type"`
	Size *int            `json:"size"`
	Raw  json.RawMessage `json:"-" wire:"raw"`
}

func TestDecode(t *testing.T) {
	tests := []struct {
		name, data string
		want       row
		drift      pool.DriftCounts
	}{
		{name: "empty", data: `{}`},
		{name: "as documented",
			data: `{"id":"a","note":"","size":5,"bytes":8000000000,"gpu":0.25,"cpu":"4","on":false,"made":"2020-11-06T08:28Z","tags":["x","y"],"RequestId":"r"}`,
			want: row{ID: "a", Note: new(""), Size: new(5), Bytes: new(int64(8000000000)), GPU: new(0.25), CPU: new(4), On: new(false),
				Made: time.Date(2020, 11, 6, 8, 28, 0, 0, time.UTC), Tags: []string{"x", "y"}, head: head{"r"}}},
		{name: "nulls are absent", data: `{"id":null,"note":null,"size":null,"tags":null,"disks":null,"image":null,"meta":null,"any":null,"made":null}`},
		{name: "empty array", data: `{"tags":[ ],"disks":[]}`, want: row{Tags: []string{}, Disks: []disk{}}},
		{name: "numbers as text", data: `{"size":"5","gpu":"1.5","on":"true"}`,
			want:  row{Size: new(5), GPU: new(1.5), On: new(true)},
			drift: pool.DriftCounts{Types: map[string]int64{"op.size": 1, "op.gpu": 1, "op.on": 1}}},
		{name: "text as numbers", data: `{"id":12.50,"note":true,"cpu":4}`,
			want:  row{ID: "12.50", Note: new("true"), CPU: new(4)},
			drift: pool.DriftCounts{Types: map[string]int64{"op.id": 1, "op.note": 1, "op.cpu": 1}}},
		{name: "booleans and numbers", data: `{"size":true,"on":0,"gpu":false}`,
			want:  row{Size: new(1), On: new(false), GPU: new(0.0)},
			drift: pool.DriftCounts{Types: map[string]int64{"op.size": 1, "op.on": 1, "op.gpu": 1}}},
		{name: "whole numbers in other spellings", data: `{"size":5.0,"bytes":1e3}`, want: row{Size: new(5), Bytes: new(int64(1000))}},
		{name: "no text for a number", data: `{"cpu":"","size":""}`,
			drift: pool.DriftCounts{Types: map[string]int64{"op.size": 1}}},
		{name: "what cannot be read", data: `{"id":{},"size":5.5,"bytes":99999999999999999999,"gpu":1e999,"cpu":"four","on":"maybe","made":"soon","tags":{},"disks":7,"image":[],"meta":"x"}`,
			drift: pool.DriftCounts{Types: map[string]int64{"op.id": 1, "op.size": 1, "op.bytes": 1, "op.gpu": 1, "op.cpu": 1, "op.on": 1,
				"op.made": 1, "op.tags": 1, "op.disks": 1, "op.image": 1, "op.meta": 1}}},
		{name: "text that only Go reads as a number", data: `{"size":"0x10","bytes":"+5","gpu":"NaN","cpu":"1_0"}`,
			drift: pool.DriftCounts{Types: map[string]int64{"op.size": 1, "op.bytes": 1, "op.gpu": 1, "op.cpu": 1}}},
		{name: "a lone object", data: `{"disks": {"type" : "SAS"},"tags":"x"}`,
			want:  row{Disks: []disk{{Type: "SAS", Raw: json.RawMessage(`{"type" : "SAS"}`)}}, Tags: []string{"x"}},
			drift: pool.DriftCounts{Types: map[string]int64{"op.disks": 1, "op.tags": 1}}},
		{name: "no text for an array", data: `{"tags":""}`, drift: pool.DriftCounts{Types: map[string]int64{"op.tags": 1}}},
		{name: "elements that are not what was promised", data: `{"tags":["x",null,7,[]],"disks":[{"size":"9"},null,"?"]}`,
			want:  row{Tags: []string{"x", "7"}, Disks: []disk{{Size: new(9), Raw: json.RawMessage(`{"size":"9"}`)}}},
			drift: pool.DriftCounts{Types: map[string]int64{"op.tags": 2, "op.disks": 1, "op.disks.size": 1}}},
		{name: "unknown fields", data: `{"new":{"a":[1]},"ID":"x","disks":[{"n":1},{"n":2}],"image":{"n":3},"old":{"n":4}}`,
			want:  row{Disks: []disk{{Raw: json.RawMessage(`{"n":1}`)}, {Raw: json.RawMessage(`{"n":2}`)}}, Image: &disk{Raw: json.RawMessage(`{"n":3}`)}},
			drift: pool.DriftCounts{Fields: map[string]int64{"op.new": 1, "op.ID": 1, "op.disks.n": 2, "op.image.n": 1}}},
		{name: "maps", data: `{"meta":{"a":"1","b":2,"c":null}}`, want: row{Meta: map[string]string{"a": "1", "b": "2"}},
			drift: pool.DriftCounts{Types: map[string]int64{"op.meta": 1}}},
		{name: "raw bytes are kept", data: ` {"any": { "n" : 1.500e+2 , "s":"\u0041\/" } } `,
			want: row{Any: json.RawMessage(`{ "n" : 1.500e+2 , "s":"\u0041\/" }`)}},
		{name: "escapes", data: `{"\u0069d":"\u00e9\n\ud83d\ude00 \"}]","tags":["\\"]}`, want: row{ID: "é\n😀 \"}]", Tags: []string{`\`}}},
		{name: "the last of two wins", data: `{"id":"a","id":"b"}`, want: row{ID: "b"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got row
			var drift pool.Drift
			if err := Decode([]byte(tt.data), "op", &got, &drift); err != nil {
				t.Fatal(err)
			}
			tt.want.Raw = json.RawMessage(strings.TrimSpace(tt.data))
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(row{})); diff != "" {
				t.Errorf("decoded (-want +got):\n%s", diff)
			}
			for _, m := range []*map[string]int64{&tt.drift.Fields, &tt.drift.Words, &tt.drift.Types} {
				if *m == nil {
					*m = map[string]int64{}
				}
			}
			if diff := cmp.Diff(tt.drift, drift.Counts()); diff != "" {
				t.Errorf("drift (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDecodeWithoutDrift(t *testing.T) {
	var got row
	if err := Decode([]byte(`{"id":7,"new":1}`), "op", &got, nil); err != nil || got.ID != "7" {
		t.Errorf("id %q, error %v; want 7 and none", got.ID, err)
	}
}

func TestDecodeKeepsWhatItCannotRead(t *testing.T) {
	got := row{ID: "before", Size: new(1), Tags: []string{"before"}}
	if err := Decode([]byte(`{"id":[],"size":"x","tags":null}`), "op", &got, nil); err != nil {
		t.Fatal(err)
	}
	got.Raw = nil
	if diff := cmp.Diff(row{ID: "before", Size: new(1), Tags: []string{"before"}}, got, cmp.AllowUnexported(row{})); diff != "" {
		t.Errorf("fields changed (-want +got):\n%s", diff)
	}
}

func TestDecodeRefuses(t *testing.T) {
	for _, data := range []string{``, ` `, `null`, `[]`, `"x"`, `5`, `{`, `{"id":}`, `{} {}`, `{"id":"a"`, "\xef\xbb\xbf{}", `<html>`,
		strings.Repeat(`{"a":`, 20_000) + `1` + strings.Repeat(`}`, 20_000)} {
		if err := Decode([]byte(data), "op", &row{}, nil); err == nil {
			t.Errorf("%.20q was decoded", data)
		}
		if got := Envelope([]byte(data)); got != nil {
			t.Errorf("the envelope of %.20q is %s", data, got)
		}
	}
}

func TestDecodeCopiesRaw(t *testing.T) {
	data := []byte(`{"any":[1]}`)
	var got row
	if err := Decode(data, "op", &got, nil); err != nil {
		t.Fatal(err)
	}
	clear(data)
	if string(got.Any) != `[1]` || string(got.Raw) != `{"any":[1]}` {
		t.Errorf("raw messages changed with the data: %q and %q", got.Any, got.Raw)
	}
}

func TestEnvelope(t *testing.T) {
	tests := []struct {
		name, data string
		without    []string
		want       string
	}{
		{"empty", `{ }`, []string{"rows"}, `{}`},
		{"nothing taken", `{"a":1,"b":2}`, nil, `{"a":1,"b":2}`},
		{"first", `{"rows":[{"a":1}],"total":1.50}`, []string{"rows"}, `{"total":1.50}`},
		{"middle", `{"a":{ "b" : 1 } , "rows" : [ ] , "z":"\u0041"}`, []string{"rows"}, `{"a":{ "b" : 1 },"z":"\u0041"}`},
		{"all", `{"rows":[],"more":[]}`, []string{"more", "rows"}, `{}`},
		{"doubled and escaped", `{"rows":1,"\u0072ows":2,"a":[]}`, []string{"rows"}, `{"a":[]}`},
		{"only at the top", `{"a":{"rows":1}}`, []string{"rows"}, `{"a":{"rows":1}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(Envelope([]byte(tt.data), tt.without...)); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestParseTime(t *testing.T) {
	tests := []struct {
		said string
		want time.Time
		ok   bool
	}{
		{"", time.Time{}, true},
		{"2022-02-23T04:02:07Z", time.Date(2022, 2, 23, 4, 2, 7, 0, time.UTC), true},
		{"2022-02-23T04:02:07.1Z", time.Date(2022, 2, 23, 4, 2, 7, 100_000_000, time.UTC), true},
		{"2022-02-23T04:02:07.123456789Z", time.Date(2022, 2, 23, 4, 2, 7, 123_456_789, time.UTC), true},
		{"2022-02-23T04:02:07+08:00", time.Date(2022, 2, 22, 20, 2, 7, 0, time.UTC), true},
		{"2020-11-06T08:28Z", time.Date(2020, 11, 6, 8, 28, 0, 0, time.UTC), true},
		{"2022-02-23 04:02:07", time.Date(2022, 2, 23, 4, 2, 7, 0, time.UTC), true},
		{"2022-02-23 04:02:07.5", time.Date(2022, 2, 23, 4, 2, 7, 500_000_000, time.UTC), true},
		{"2022-02-23T04:02:07.000", time.Date(2022, 2, 23, 4, 2, 7, 0, time.UTC), true},
		{"9999-12-31T23:59:59-10:00", time.Time{}, false}, // year 10000 in UTC
		{"2022-02-30T00:00:00Z", time.Time{}, false},
		{"1645588927", time.Time{}, false},
		{"2022-02-23", time.Time{}, false},
		{" 2022-02-23T04:02:07Z", time.Time{}, false},
		{strings.Repeat("2", 1000), time.Time{}, false},
	}
	for _, tt := range tests {
		t.Run(tt.said, func(t *testing.T) {
			if got, ok := ParseTime(tt.said); !got.Equal(tt.want) || got.Location() != time.UTC || ok != tt.ok {
				t.Errorf("got %v %v, want %v %v", got, ok, tt.want, tt.ok)
			}
		})
	}
}
