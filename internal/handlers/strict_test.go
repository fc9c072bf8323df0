package handlers_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// wanted is what a request asked for besides.
type wanted struct {
	trimmed bool // fields= leaves keys out
	native  bool // include=native
}

// strict judges what a schema cannot say: that no key is missing, that words
// are known, and that the parts of a list agree with each other.
func (c *contract) strict(op *openapi3.Operation, query url.Values, rep reply) []string {
	w := wanted{trimmed: query.Has("fields"), native: slices.Contains(strings.Split(query.Get("include"), ","), "native")}
	media, _, _ := strings.Cut(rep.header.Get("Content-Type"), ";")
	switch {
	case media == "application/x-ndjson":
		return c.stream(w, rep.body)
	case media != "application/json" || op.OperationID == "getOpenAPIJSON":
		return nil
	}
	value, err := decodeStrictly(rep.body)
	if err != nil {
		return []string{err.Error()}
	}
	schema := op.Responses.Status(rep.status).Value.Content["application/json"].Schema.Value
	faults := walkValue(schema, value, w, "body")
	if list, ok := value.(map[string]any); ok && list["page"] != nil { // an order has items, too
		faults = append(faults, listFaults(list, rep.header, query)...)
	}
	return faults
}

// walkValue finds missing keys and unknown words in a value.
func walkValue(s *openapi3.Schema, value any, w wanted, at string) (faults []string) {
	switch v := value.(type) {
	case string:
		if known, ok := s.Extensions["x-known-values"].([]any); ok && !slices.Contains(known, any(v)) && v != "UNKNOWN" && v != "MEMORY" {
			faults = append(faults, fmt.Sprintf("%s: the word %q is not known", at, v))
		}
	case []any:
		for i, item := range v {
			faults = append(faults, walkValue(s.Items.Value, item, w, at+"["+strconv.Itoa(i)+"]")...)
		}
	case map[string]any:
		for name, p := range s.Properties {
			_, there := v[name]
			switch {
			case there:
				faults = append(faults, walkValue(p.Value, v[name], w, at+"."+name)...)
				if name == "native" && !w.native {
					faults = append(faults, at+".native: nobody asked for it")
				}
			case name == "native" && w.native, name != "native" && s.Extensions["x-trimmable"] == true && !w.trimmed:
				faults = append(faults, at+"."+name+": not there")
			}
		}
	}
	return faults
}

// listFaults judges an envelope as a whole.
func listFaults(list map[string]any, header http.Header, query url.Values) (faults []string) {
	page, _ := list["page"].(map[string]any)
	items, _ := list["items"].([]any)
	sources, _ := list["sources"].([]any)
	if float64(len(items)) > page["limit"].(float64) {
		faults = append(faults, "more rows than limit")
	}
	cursor, next := page["next_cursor"], page["next"]
	switch {
	case (cursor == nil) != (next == nil):
		faults = append(faults, "next_cursor and next differ")
	case cursor == nil && header.Get("Link") != "":
		faults = append(faults, "a Link without a next page")
	case cursor != nil && header.Get("Link") != fmt.Sprintf(`<%s>; rel="next"`, next):
		faults = append(faults, "Link is not page.next: "+header.Get("Link"))
	}
	if _, there := page["total"]; there != strings.Contains(query.Get("include"), "total") {
		faults = append(faults, "page.total and include=total differ")
	}
	complete, rows, previous := true, 0, ""
	for _, s := range sources {
		src, _ := s.(map[string]any)
		status, id := src["status"].(string), src["id"].(string)
		complete = complete && (status == "OK" || status == "STALE")
		rows += int(src["items"].(float64))
		if id <= previous {
			faults = append(faults, "sources are not by id")
		}
		previous = id
		if _, problem := src["problem"]; problem == (status == "OK") {
			faults = append(faults, id+": a problem goes with every status but OK")
		}
		if line := header.Get("Source-Status"); !strings.HasSuffix(line, "truncated") && !strings.Contains(", "+line, ", "+id+";s="+strings.ToLower(status)) {
			faults = append(faults, "Source-Status does not say "+id+" "+status)
		}
	}
	if complete != list["complete"] {
		faults = append(faults, "complete does not follow from sources")
	}
	if rows != ofSources(items, sources) {
		faults = append(faults, fmt.Sprintf("%d rows are from sources, which say %d", ofSources(items, sources), rows))
	}
	return faults
}

// ofSources counts the rows that come from one source that gave something:
// statistics have rows of several, and of failed ones too.
func ofSources(items, sources []any) int {
	gave := map[any]bool{}
	for _, s := range sources {
		src := row(s.(map[string]any))
		gave[src["id"]] = src.text("status") != "FAILED" && src.text("status") != "SKIPPED"
	}
	n := 0
	for _, item := range items {
		r := row(item.(map[string]any))
		id, _, found := strings.Cut(r.id(), ":") // fields= may leave source out
		if !found && len(sources) == 1 {         // what can be ordered has the cloud's own ids
			id = row(sources[0].(map[string]any)).id()
		}
		if group, counted := r["group"].(map[string]any); counted {
			id, _ = group["source"].(string)
		}
		n += bit(gave[id])
	}
	return n
}

// stream judges every line, and their order.
func (c *contract) stream(w wanted, body []byte) (faults []string) {
	schema := c.doc.Components.Schemas["NdjsonLine"].Value
	var kinds []string
	for line := range bytes.Lines(body) {
		value, err := decodeStrictly(line)
		if err != nil || !bytes.HasSuffix(line, []byte("\n")) {
			return append(faults, fmt.Sprintf("no line: %.100s %v", line, err))
		}
		if err := schema.VisitJSON(value, openapi3.MultiErrors()); err != nil {
			return append(faults, err.Error())
		}
		kind, _ := value.(map[string]any)["type"].(string)
		kinds = append(kinds, kind)
		for _, one := range schema.OneOf {
			if one.Value.Properties[kind] != nil {
				faults = append(faults, walkValue(one.Value, value, w, kind)...)
			}
		}
	}
	n := len(kinds)
	if n < 2 || kinds[n-2] != "source" || kinds[n-1] != "end" || slices.ContainsFunc(kinds[:n-2], func(k string) bool { return k != "item" }) {
		faults = append(faults, "the lines are not items, source, end")
	}
	return faults
}

// problemFaults judges what a problem says of itself.
func problemFaults(r *http.Request, rep reply) (faults []string) {
	var p struct {
		Type, Code, Instance, Title, Detail string
		Status                              int
		RequestID                           string           `json:"request_id"`
		RetryAfterS                         int              `json:"retry_after_s"`
		Errors                              []map[string]any `json:"errors"`
	}
	if err := json.Unmarshal(rep.body, &p); err != nil {
		return []string{"no problem: " + err.Error()}
	}
	want := publicURL + "/problems/" + strings.ReplaceAll(strings.ToLower(p.Code), "_", "-")
	retry := ""
	if rep.status == http.StatusServiceUnavailable || p.Code == "ORDER_IN_PROGRESS" {
		retry = strconv.Itoa(p.RetryAfterS)
	}
	for what, ok := range map[string]bool{
		"Content-Type": rep.header.Get("Content-Type") == "application/problem+json",
		"type":         p.Type == want,
		"status":       p.Status == rep.status,
		"instance":     p.Instance == r.URL.EscapedPath(),
		"title":        p.Title != "" && p.Detail != "",
		"request_id":   p.RequestID != "" && (p.RequestID == rep.header.Get("Request-Id") || rep.header.Get("Idempotent-Replayed") == "true"),
		"retry":        rep.header.Get("Retry-After") == retry,
		"no-store":     rep.header.Get("Cache-Control") == "no-store",
	} {
		if !ok {
			faults = append(faults, fmt.Sprintf("the problem's %s: %s", what, rep.body))
		}
	}
	for _, e := range p.Errors {
		code, _ := e["code"].(string)
		if (e["parameter"] == nil) == (e["pointer"] == nil) || !slices.Contains([]string{"UNKNOWN", "REQUIRED", "EMPTY", "REPEATED", "NOT_ALLOWED", "OUT_OF_RANGE", "NOT_SUPPORTED", "INVALID"}, code) {
			faults = append(faults, fmt.Sprintf("errors[] has %v", e))
		}
	}
	return faults
}

// decodeStrictly is the one JSON value that body is.
func decodeStrictly(body []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(body))
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, fmt.Errorf("no JSON: %w: %.200s", err, body)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, fmt.Errorf("more than one JSON value")
	}
	return v, nil
}
