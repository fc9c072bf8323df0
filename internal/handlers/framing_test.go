package handlers_test

import (
	"bufio"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// TestBodyFraming: how a body is sent is judged before what it says, and before the key.
func TestBodyFraming(t *testing.T) {
	s := open(t, nil)
	good := disk("m1:pool-1")
	length := fmt.Sprintf("Content-Length: %d", len(good))
	const media = "Content-Type: application/json"
	chunked := fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(good), good)
	for _, tt := range []struct {
		name    string
		headers []string
		body    string
		status  int
		code    string
		fault   string
	}{
		{"no length", []string{media}, "", 411, "LENGTH_REQUIRED", ""},
		{"chunked", []string{media, "Transfer-Encoding: chunked"}, chunked, 411, "LENGTH_REQUIRED", ""},
		{"chunked, and a length", []string{media, "Transfer-Encoding: chunked", length}, chunked, 411, "LENGTH_REQUIRED", ""},
		{"an empty body", []string{media, "Content-Length: 0"}, "", 400, "IDEMPOTENCY_KEY_MISSING", "Idempotency-Key REQUIRED"},
		{"too large", []string{media, "Content-Length: 65537"}, strings.Repeat(" ", 65537), 413, "PAYLOAD_TOO_LARGE", ""},
		{"far too large, and never sent", []string{media, "Content-Length: 9000000000000"}, "", 413, "PAYLOAD_TOO_LARGE", ""},
		{"no type", []string{length}, good, 415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type NOT_ALLOWED"},
		{"an empty type", []string{length, "Content-Type:"}, good, 415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type NOT_ALLOWED"},
		{"a form", []string{length, "Content-Type: application/x-www-form-urlencoded"}, good, 415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type NOT_ALLOWED"},
		{"text", []string{length, "Content-Type: text/plain"}, good, 415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type NOT_ALLOWED"},
		{"another JSON", []string{length, "Content-Type: application/merge-patch+json"}, good, 415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type NOT_ALLOWED"},
		{"two types", []string{length, media, media}, good, 415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type NOT_ALLOWED"},
		{"types in one line", []string{length, media + ", text/html"}, good, 415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type NOT_ALLOWED"},
		{"another encoding of text", []string{length, media + "; charset=utf-16"}, good, 415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type NOT_ALLOWED"},
		{"latin 1", []string{length, media + ";charset=iso-8859-1"}, good, 415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type NOT_ALLOWED"},
		{"another parameter", []string{length, media + "; version=2"}, good, 415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type NOT_ALLOWED"},
		{"a broken parameter", []string{length, media + "; charset"}, good, 415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type NOT_ALLOWED"},
		{"gzip", []string{length, media, "Content-Encoding: gzip"}, good, 415, "UNSUPPORTED_MEDIA_TYPE", "Content-Encoding NOT_ALLOWED"},
		{"gzip behind identity", []string{length, media, "Content-Encoding: identity", "Content-Encoding: gzip"}, good, 415, "UNSUPPORTED_MEDIA_TYPE", "Content-Encoding NOT_ALLOWED"},
		{"a list of encodings", []string{length, media, "Content-Encoding: identity, br"}, good, 415, "UNSUPPORTED_MEDIA_TYPE", "Content-Encoding NOT_ALLOWED"},
		{"a key that is no key", []string{length, media, "Idempotency-Key: a b"}, "{}" + good[2:], 400, "IDEMPOTENCY_KEY_INVALID", "Idempotency-Key INVALID"},
		{"a query", []string{length, media}, good, 400, "UNKNOWN_PARAMETER", "x UNKNOWN"},
		{"no acceptable answer", []string{"Accept: text/html"}, good, 406, "NOT_ACCEPTABLE", "Accept NOT_ALLOWED"},
	} {
		target := "/v1/orders"
		if tt.name == "a query" {
			target += "?x=1"
		}
		s := s.in(t)
		rep := s.send(request{method: "POST", target: target, headers: tt.headers, body: tt.body})
		if code, _ := rep.json(t)["code"].(string); rep.status != tt.status || code != tt.code || strings.Join(faultsOf(t, rep), " ") != tt.fault {
			t.Errorf("%s: %d %s", tt.name, rep.status, rep.body)
		}
	}
	if s.calls.Load() != 0 || len(s.records()) != 0 {
		t.Error("a refused request did something")
	}
	for i, headers := range [][]string{
		{media}, {"Content-Type: APPLICATION/JSON"}, {"content-type: application/json;charset=UTF-8"}, {`Content-Type: application/json; Charset="utf-8"`},
		{media, "Content-Encoding: identity"}, {media, "Content-Encoding: Identity"},
	} {
		headers = append(headers, length, fmt.Sprintf("Idempotency-Key: good-%d", i))
		if rep := s.send(request{method: "POST", target: "/v1/orders", headers: headers, body: good}); rep.status != http.StatusCreated {
			t.Errorf("%q: %d %s", headers, rep.status, rep.body)
		}
	}
}

// TestExpect: a client that asks whether to send its body is told before it does.
func TestExpect(t *testing.T) {
	s := open(t, nil)
	good := disk("m1:pool-1")
	for media, want := range map[string][]int{"application/json": {100, 201}, "text/plain": {415}} {
		conn := s.dial()
		answers := bufio.NewReader(conn)
		head := s.wire(request{method: "POST", target: "/v1/orders", headers: []string{
			"Content-Type: " + media, fmt.Sprintf("Content-Length: %d", len(good)), "Idempotency-Key: k", "Expect: 100-continue",
		}})
		for i, part := range []string{string(head), good}[:len(want)] {
			if _, err := conn.Write([]byte(part)); err != nil {
				t.Fatal(err)
			}
			rep, err := http.ReadResponse(answers, nil)
			if err != nil || rep.StatusCode != want[i] {
				t.Fatalf("%s: %v %v, want %d", media, rep, err, want[i])
			}
			_ = rep.Body.Close()
		}
		_ = conn.Close()
	}
}

// TestBodyCutShort: a client that leaves within its body has ordered nothing.
func TestBodyCutShort(t *testing.T) {
	s := open(t, nil)
	good := disk("m1:pool-1")
	conn := s.dial()
	wire := s.wire(request{method: "POST", target: "/v1/orders", headers: []string{
		"Content-Type: application/json", fmt.Sprintf("Content-Length: %d", len(good)), "Idempotency-Key: k",
	}, body: good[:len(good)-1]})
	if _, err := conn.Write(wire); err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
	s.get("/livez") // whatever the cut request does
	if rep := s.place("k", good); rep.status != http.StatusCreated || rep.header.Get("Idempotent-Replayed") != "" {
		t.Errorf("after a cut request: %d %s", rep.status, rep.body)
	}
}

// TestIdempotencyKeys: what is a key, and what is the same key.
func TestIdempotencyKeys(t *testing.T) {
	s := open(t, nil)
	long := strings.Repeat("k", 255)
	for header, want := range map[string]string{
		"": "MISSING Idempotency-Key REQUIRED", "Idempotency-Key:": "INVALID Idempotency-Key EMPTY", "Idempotency-Key:   ": "INVALID Idempotency-Key EMPTY",
		`Idempotency-Key: ""`: "INVALID Idempotency-Key EMPTY", "Idempotency-Key: a b": "INVALID Idempotency-Key INVALID", "Idempotency-Key: a\tb": "INVALID Idempotency-Key INVALID",
		"Idempotency-Key: k\u00e9y": "INVALID Idempotency-Key INVALID", "Idempotency-Key: ключ": "INVALID Idempotency-Key INVALID", "Idempotency-Key: a\xffb": "INVALID Idempotency-Key INVALID",
		`Idempotency-Key: " "`: "INVALID Idempotency-Key INVALID", `Idempotency-Key: "a b"`: "INVALID Idempotency-Key INVALID",
		"Idempotency-Key: " + long + "k": "INVALID Idempotency-Key OUT_OF_RANGE", `Idempotency-Key: "` + long + `k"`: "INVALID Idempotency-Key OUT_OF_RANGE", "Idempotency-Key: " + strings.Repeat("k", 20_000): "INVALID Idempotency-Key OUT_OF_RANGE",
		"Idempotency-Key: a\r\nIdempotency-Key: a": "INVALID Idempotency-Key REPEATED", "Idempotency-Key: a\r\nidempotency-key: b": "INVALID Idempotency-Key REPEATED", "Idempotency-Key: a\r\nIdempotency-Key:": "INVALID Idempotency-Key REPEATED",
		"X-Idempotency-Key: a": "MISSING Idempotency-Key REQUIRED", "Idempotency-Key-: a": "MISSING Idempotency-Key REQUIRED",
	} {
		var headers []string
		if header != "" {
			headers = strings.Split(header, "\r\n")
		}
		rep := s.post("/v1/orders", `{`, headers...) // the body's faults come after the key's
		code, _ := rep.json(t)["code"].(string)
		if got := strings.TrimPrefix(code, "IDEMPOTENCY_KEY_") + " " + strings.Join(faultsOf(t, rep), " "); rep.status != http.StatusBadRequest || got != want {
			t.Errorf("%.80q: %d %s, want %s", header, rep.status, got, want)
		}
		if strings.Contains(string(rep.body), "a b") || len(rep.body) > 2000 {
			t.Errorf("%.80q: the answer repeats it: %.500s", header, rep.body)
		}
	}
	if s.calls.Load() != 0 || len(s.records()) != 0 {
		t.Error("a refused request did something")
	}
	keys := []string{"a", long, "!~", "50%", "%zz", "%41", "a,b", "a;b=c", `"`, `"a`, `a"`, `a"b`, `\`, "*", "'", "{}", "null", "0", "a=b&c=d+e", "/../", "<script>", "==", ":"}
	for i, key := range keys {
		first := s.place(key, disk("m1:pool-1"))
		if first.status != http.StatusCreated || first.json(t)["idempotency_key"] != key {
			t.Errorf("the key %q: %d %s", key, first.status, first.body)
		}
		if n := len(s.records()); n != i+1 {
			t.Fatalf("the key %q: %d orders", key, n)
		}
		again := s.place(`"`+key+`"`, disk("m1:pool-1"))
		if again.status != http.StatusCreated || again.header.Get("Idempotent-Replayed") != "true" {
			t.Errorf("the key %q in quotes: %d %s", key, again.status, again.body)
		}
		if found := rowsOf(s.ok("/v1/orders?" + query("idempotency_key", key))); len(found) != 1 || found[0].text("idempotency_key") != key {
			t.Errorf("the key %q is found in %v", key, ids(found))
		}
	}
}

// TestFaults: which faults a body has, all of them.
func TestFaults(t *testing.T) {
	s := open(t, nil)
	for _, tt := range []struct {
		body string
		want string
	}{
		{`{}`, "/target REQUIRED, /type REQUIRED"},
		{`[]`, "INVALID"},
		{`{"type":"SHRINK","target":{}}`, "/target/desktop_ids REQUIRED, /target/pool_id REQUIRED, /type NOT_ALLOWED"},
		{`{"type":"SHRINK","target":{"pool_id":"m1:p"},"resize":{"product_id":"x"},"add_volume":{}}`, "/add_volume/volume_size_gib REQUIRED, /add_volume/volume_type REQUIRED, /type NOT_ALLOWED"},
		{`{"type":"RESIZE","target":{"pool_id":"m1:p","desktop_ids":["m1:d"]}}`, "/resize REQUIRED, /target/desktop_ids INVALID, /target/pool_id INVALID"},
		{`{"type":"RESIZE","target":{"pool_id":"m1:p"},"resize":{"product_id":"x"},"add_volume":{"volume_type":"","volume_size_gib":9}}`, "/add_volume INVALID, /add_volume/volume_size_gib OUT_OF_RANGE, /add_volume/volume_type EMPTY"},
		{`{"type":"CHANGE_IMAGE","target":{"pool_id":"m1:p"},"change_image":{}}`, "/change_image/image_id REQUIRED, /change_image/image_spec_code REQUIRED"},
		{`{"type":"CHANGE_IMAGE","target":{"pool_id":"m1:p"},"change_image":{"image_id":"a","image_spec_code":"b","notice_minutes":16}}`, "/change_image/image_id INVALID, /change_image/image_spec_code INVALID, /change_image/notice_minutes OUT_OF_RANGE"},
		{`{"type":5,"target":[],"resize":null,"Resize":{},"auto_pay":0}`, "/Resize UNKNOWN, /auto_pay INVALID, /resize INVALID, /target INVALID, /type NOT_ALLOWED"},
		{`{"type":"ADD_VOLUME","target":{"desktop_ids":["m1:d","m1:d"]},"add_volume":{"volume_type":"slow","volume_size_gib":10.0}}`, "/add_volume/volume_size_gib INVALID, /target/desktop_ids REPEATED"},
		{`{"type":"ADD_VOLUME","target":{"desktop_ids":[]},"add_volume":{"volume_size_gib":1e1}}`, "/add_volume/volume_size_gib INVALID, /add_volume/volume_type REQUIRED, /target/desktop_ids EMPTY"},
		{`{"type":"ADD_VOLUME","target":{"pool_id":"m1:p"},"add_volume":{"volume_type":"slow","volume_size_gib":10},"x~/y":1.5}`, "/x~0~1y UNKNOWN"},
	} {
		rep := s.post("/v1/estimates", tt.body)
		if got := strings.Join(faultsOf(t, rep), ", "); rep.status != http.StatusUnprocessableEntity || got != tt.want {
			t.Errorf("%s: %d\n%s, want\n%s", tt.body, rep.status, got, tt.want)
		}
	}
	many := s.post("/v1/estimates", "{"+manyNames(6000)+"}")
	if n := len(faultsOf(t, many)); n != 50 || !strings.Contains(detail(t, many), "6002 fields are at fault") {
		t.Errorf("%d faults: %s", n, detail(t, many))
	}
	one := s.post("/v1/estimates", `{"type":"RESIZE","target":{"pool_id":"m1:p","desktop_ids":["m1:d"]},"resize":{"product_id":"x"}}`)
	if !strings.Contains(string(one.body), "Give exactly one of pool_id and desktop_ids.") {
		t.Errorf("the rule is said as %s", one.body)
	}
}
