package wire

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deskpool/deskpool/internal/pool"
)

// FuzzDecode holds that Decode takes exactly the objects that encoding/json
// takes, keeps their bytes, counts every unknown name and leaves the data alone.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{`{}`, ` {"id":"a","size":"5"} `, `{"disks":{"type":1},"x":[{"y":null}]}`, `{"meta":{"a":[]},"any":1e400}`,
		`{"\u0069d":"\ud800","tags":["\\\""]}`, `{"made":"2020-11-06T08:28Z","on":1,"cpu":true}`, `[]`, `{"a":1} x`, "{\"id\":\"\xff\"}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		before := bytes.Clone(data)
		var got row
		var drift pool.Drift
		err := Decode(data, "op", &got, &drift)
		if !bytes.Equal(before, data) {
			t.Fatal("the data was changed")
		}
		var members map[string]json.RawMessage
		isObject := json.Unmarshal(data, &members) == nil && members != nil
		if isObject != (err == nil) {
			t.Fatalf("error %v, but encoding/json says object: %v", err, isObject)
		}
		if !isObject {
			return
		}
		if !bytes.Equal(got.Raw, bytes.Trim(data, " \t\r\n")) {
			t.Errorf("raw is %q of %q", got.Raw, data)
		}
		if want, said := members["any"]; said && string(want) != "null" && !bytes.Equal(got.Any, want) {
			t.Errorf("any is %q, want %q", got.Any, want)
		}
		known := planOf(rowType).fields
		unknown := 0
		for name := range members {
			if _, ok := known[name]; !ok {
				unknown++
			}
		}
		if unknown > 0 && len(drift.Counts().Fields) == 0 {
			t.Errorf("%d unknown fields, none counted", unknown)
		}
		checkEnvelope(t, data, members)
	})
}

var rowType = reflect.TypeFor[row]()

func checkEnvelope(t *testing.T, data []byte, members map[string]json.RawMessage) {
	t.Helper()
	var rest map[string]json.RawMessage
	if err := json.Unmarshal(Envelope(data, "disks"), &rest); err != nil {
		t.Fatalf("the envelope of %q cannot be read: %v", data, err)
	}
	delete(members, "disks")
	if diff := cmp.Diff(members, rest); diff != "" {
		t.Errorf("envelope (-want +got):\n%s", diff)
	}
}

// FuzzParseTime holds that a time that was taken can be written, and is the
// same when it is read again.
func FuzzParseTime(f *testing.F) {
	for _, seed := range []string{"", "2022-02-23T04:02:07.123Z", "2020-11-06T08:28Z", "2022-02-23 04:02:07", "0000-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, said string) {
		got, ok := ParseTime(said)
		if !ok {
			if !got.IsZero() {
				t.Errorf("%q is no time, but gave %v", said, got)
			}
			return
		}
		written, err := got.MarshalText()
		if err != nil {
			t.Fatalf("%q became %v, which cannot be written: %v", said, got, err)
		}
		if again, ok := ParseTime(string(written)); !ok || !again.Equal(got) {
			t.Errorf("%q became %s, then %v", said, written, again)
		}
	})
}
