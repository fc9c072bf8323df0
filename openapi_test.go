package deskpool_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/deskpool/deskpool"
)

// asJSON is the document in the form that is read fastest.
var asJSON = sync.OnceValues(func() ([]byte, error) {
	doc, err := openapi3.NewLoader().LoadFromData(deskpool.OpenAPI)
	if err != nil {
		return nil, err
	}
	return doc.MarshalJSON()
})

// load returns a copy of the document, to be spoilt.
func load(t *testing.T) *openapi3.T {
	t.Helper()
	data, err := asJSON()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(data)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func validate(ctx context.Context, doc *openapi3.T) error {
	return doc.Validate(ctx, openapi3.EnableExamplesValidation(), openapi3.EnableMultiError())
}

func TestOpenAPIIsValid(t *testing.T) {
	doc, err := openapi3.NewLoader().LoadFromData(deskpool.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate(t.Context(), doc); err != nil {
		t.Error(err)
	}
}

func TestOpenAPIKeepsTheRules(t *testing.T) {
	doc := load(t)
	for name, rule := range rules {
		t.Run(name, func(t *testing.T) {
			for _, fault := range rule(doc) {
				t.Error(fault)
			}
		})
	}
}

// TestRulesFindFaults breaks the document in every way that a rule looks for.
func TestRulesFindFaults(t *testing.T) {
	tests := []struct {
		rule  string
		fault string // part of what is found
		spoil func(doc *openapi3.T)
	}{
		{"operations are described", "operationId list_pools", func(d *openapi3.T) { get(d, "/v1/pools").OperationID = "list_pools" }},
		{"operations are described", "operationId getPool", func(d *openapi3.T) { get(d, "/v1/pools").OperationID = "getPool" }},
		{"operations are described", "no summary", func(d *openapi3.T) { get(d, "/v1/pools").Summary = "" }},
		{"operations are described", "no summary or description", func(d *openapi3.T) { get(d, "/v1/pools").Description = "" }},
		{"operations are described", "declared tag", func(d *openapi3.T) { get(d, "/v1/pools").Tags = []string{"groups"} }},
		{"scopes are kept", "x-scope", func(d *openapi3.T) { delete(get(d, "/v1/pools").Extensions, "x-scope") }},
		{"scopes are kept", "security and x-scope", func(d *openapi3.T) { get(d, "/livez").Security = nil }},
		{"scopes are kept", "does not say Scope: `native:read`", func(d *openapi3.T) { get(d, "/v1/pools").Extensions["x-scope"] = "native:read" }},
		{"scopes are kept", "no 401", func(d *openapi3.T) { get(d, "/v1/pools").Responses.Delete("401") }},
		{"scopes are kept", "no 403", func(d *openapi3.T) { get(d, "/v1/pools").Responses.Delete("403") }},
		{"responses are declared", "no 406", func(d *openapi3.T) { get(d, "/v1/pools").Responses.Delete("406") }},
		{"responses are declared", "say each status", func(d *openapi3.T) {
			get(d, "/v1/pools").Responses.Set("default", get(d, "/v1/pools").Responses.Value("500"))
		}},
		{"responses are declared", "not always Request-Id", func(d *openapi3.T) { delete(answer(d, "/v1/pools", "200").Headers, "Request-Id") }},
		{"responses are declared", "not always Retry-After", func(d *openapi3.T) { d.Components.Headers["Retry-After"].Value.Required = false }},
		{"responses are declared", "Vary: no description", func(d *openapi3.T) { d.Components.Headers["Vary"].Value.Description = "" }},
		{"responses have examples", "json: no example", func(d *openapi3.T) { answer(d, "/v1/pools", "200").Content["application/json"].Examples = nil }},
		{"responses have examples", "no content", func(d *openapi3.T) { answer(d, "/v1/pools", "200").Content = nil }},
		{"responses have examples", "no summary", func(d *openapi3.T) { d.Components.Examples["PoolHuawei"].Value.Summary = "" }},
		{"errors are problems", "not a Problem only", func(d *openapi3.T) {
			c := answer(d, "/v1/pools", "500").Content
			c["application/json"] = c["application/problem+json"]
		}},
		{"errors are problems", "does not fit", func(d *openapi3.T) { problem(d, "Internal")["status"] = 502 }},
		{"errors are problems", "does not fit", func(d *openapi3.T) { problem(d, "Internal")["type"] = "about:blank" }},
		{"errors are problems", "codes of examples", func(d *openapi3.T) {
			delete(answer(d, "/v1/pools", "502").Content["application/problem+json"].Examples, "upstreamAuth")
		}},
		{"codes are mentioned", "POOL_NOT_FOUND", func(d *openapi3.T) {
			for _, path := range []string{"/v1/pools/{id}", "/v1/pools/{id}/desktops", "/v1/pools/{id}/native", "/v1/statistics"} {
				get(d, path).Responses.Delete("404")
			}
			for _, path := range []string{"/v1/estimates", "/v1/orders"} {
				post(d, path).Responses.Delete("404")
			}
		}},
		{"codes are mentioned", "codes of Problem", func(d *openapi3.T) { delete(property(d, "Problem.code").Extensions, "x-known-values") }},
		{"parameters are described", "state: no description", func(d *openapi3.T) { d.Components.Parameters["PoolStateParam"].Value.Description = "" }},
		{"parameters are described", "state: no description or example", func(d *openapi3.T) { d.Components.Parameters["PoolStateParam"].Value.Example = nil }},
		{"parameters are described", "not snake_case", func(d *openapi3.T) { d.Components.Parameters["PoolStateParam"].Value.Name = "poolState" }},
		{"parameters are described", "not a list with commas", func(d *openapi3.T) { *d.Components.Parameters["PoolStateParam"].Value.Explode = true }},
		{"words of requests", "PoolStateParam and Pool.state", func(d *openapi3.T) { items(d, "PoolStateParam").Enum = []any{"READY"} }},
		{"fields of requests", "PoolFieldsParam and Pool", func(d *openapi3.T) { delete(d.Components.Schemas["GPU"].Value.Properties, "model") }},
		{"fields of requests", "SortParam: colour", func(d *openapi3.T) { items(d, "SortParam").Enum = []any{"colour", "-colour"} }},
		{"objects are closed", "Pool: takes undeclared", func(d *openapi3.T) { d.Components.Schemas["Pool"].Value.AdditionalProperties = openapi3.BoolSchema{} }},
		{"objects are closed", "GET /v1/pools application/json: takes", func(d *openapi3.T) {
			body := openapi3.NewRequestBody().WithJSONSchema(openapi3.NewObjectSchema())
			get(d, "/v1/pools").RequestBody = &openapi3.RequestBodyRef{Value: body}
		}},
		{"keys are always there", "Page.limit", func(d *openapi3.T) { d.Components.Schemas["Page"].Value.Required = []string{"next_cursor", "next"} }},
		{"keys are always there", "Pool.name", func(d *openapi3.T) { d.Components.Schemas["Pool"].Value.Required = []string{"id", "name"} }},
		{"keys are always there", "Page.pages: required, but", func(d *openapi3.T) { d.Components.Schemas["Page"].Value.Required = []string{"pages"} }},
		{"names and units", "Pool.createdBy: not snake_case", func(d *openapi3.T) { declare(d, "createdBy", openapi3.NewStringSchema()) }},
		{"names and units", "Pool.created: times", func(d *openapi3.T) { declare(d, "created", openapi3.NewDateTimeSchema()) }},
		{"names and units", "Pool.born_at: times", func(d *openapi3.T) { declare(d, "born_at", openapi3.NewStringSchema()) }},
		{"names and units", "Pool.age_s: durations are whole", func(d *openapi3.T) { declare(d, "age_s", openapi3.NewFloat64Schema()) }},
		{"names and units", "Pool.age_minutes: times end", func(d *openapi3.T) { declare(d, "age_minutes", openapi3.NewIntegerSchema()) }},
		{"words are open", "Pool.state: closed", func(d *openapi3.T) { property(d, "Pool.state").Enum = []any{"READY"} }},
		{"words are open", "Pool.state: the description does not say DEGRADED", func(d *openapi3.T) { property(d, "Pool.state").Description = "`READY`" }},
		{"lines of a stream", "the order of lines", func(d *openapi3.T) {
			d.Components.Examples["DesktopStream"].Value.Value = `{"type":"end","complete":true,"items":0}`
		}},
		{"lines of a stream", "colour", func(d *openapi3.T) {
			d.Components.Examples["DesktopStream"].Value.Value = `{"type":"item","item":{"id":"a:b","colour":1}}`
		}},
		{"words of requests", "OrderRequest.type and Order.type", func(d *openapi3.T) { property(d, "OrderRequest.type").Enum = []any{"RESIZE"} }},
		{"responses are declared", "no 200 and no 201", func(d *openapi3.T) { get(d, "/v1/orders").Responses.Delete("200") }},
		{"keys are always there", "Order.state: required or not", func(d *openapi3.T) { d.Components.Schemas["Order"].Value.Required = []string{"id"} }},
		{"bodies are described", "POST /v1/orders: no 411", func(d *openapi3.T) { post(d, "/v1/orders").Responses.Delete("411") }},
		{"bodies are described", "the body is not required", func(d *openapi3.T) { post(d, "/v1/orders").RequestBody.Value.Required = false }},
		{"bodies are described", "has no summary", func(d *openapi3.T) { d.Components.Examples["ResizeBody"].Value.Summary = "" }},
		{"bodies are described", "RESIZE", func(d *openapi3.T) {
			delete(post(d, "/v1/estimates").RequestBody.Value.Content["application/json"].Examples, "resize")
		}},
		{"bodies are described", "NOT_PLACED", func(d *openapi3.T) {
			delete(post(d, "/v1/orders/{id}/resolution").RequestBody.Value.Content["application/json"].Examples, "notPlaced")
		}},
		{"bodies are closed", "Resize: takes undeclared", func(d *openapi3.T) {
			d.Components.Schemas["Resize"].Value.AdditionalProperties = openapi3.BoolSchema{}
		}},
		{"bodies are closed", "AddVolume: takes undeclared", func(d *openapi3.T) {
			d.Components.Schemas["AddVolume"].Value.AdditionalProperties = openapi3.BoolSchema{Schema: openapi3.NewSchemaRef("", openapi3.NewStringSchema())}
		}},
		{"bodies are closed", "Resize.product_id: a request takes no null", func(d *openapi3.T) { property(d, "Resize.product_id").Nullable = true }},
		{"bodies are closed", "Resize.product_id: takes any text", func(d *openapi3.T) { property(d, "Resize.product_id").Pattern = "" }},
		{"bodies are closed", "Resize.product_id: takes text of any length", func(d *openapi3.T) { property(d, "Resize.product_id").MaxLength = nil }},
		{"bodies are closed", "AddVolume.volume_size_gib: takes any number", func(d *openapi3.T) { property(d, "AddVolume.volume_size_gib").Max = nil }},
		{"bodies are closed", "OrderTarget.desktop_ids: takes any list", func(d *openapi3.T) { property(d, "OrderTarget.desktop_ids").MaxItems = nil }},
		{"bodies are closed", "OrderTarget.desktop_ids[]: takes any text", func(d *openapi3.T) { property(d, "OrderTarget.desktop_ids").Items.Value.Pattern = "" }},
		{"bodies are closed", "OrderTarget.pool_id: the rule unique", func(d *openapi3.T) {
			property(d, "OrderTarget.pool_id").Extensions["x-oapi-codegen-extra-tags"] = map[string]any{"validate": "unique"}
		}},
		{"bodies are closed", "OrderRequest.resize: the rule unique", func(d *openapi3.T) {
			d.Components.Schemas["OrderRequest"].Value.Properties["resize"].Extensions["x-oapi-codegen-extra-tags"] = map[string]any{"validate": "unique"}
		}},
		{"examples are whole", "PoolHuawei.product.cpu: not there", func(d *openapi3.T) { delete(problem(d, "PoolHuawei")["product"].(map[string]any), "cpu") }},
	}
	covered := map[string]bool{}
	for _, tt := range tests {
		covered[tt.rule] = true
		t.Run(tt.rule+": "+tt.fault, func(t *testing.T) {
			doc := load(t)
			tt.spoil(doc)
			faults := strings.Join(rules[tt.rule](doc), "\n")
			if !strings.Contains(faults, tt.fault) {
				t.Errorf("found %q, want %q in it", faults, tt.fault)
			}
		})
	}
	for rule := range rules {
		if !covered[rule] {
			t.Errorf("nothing breaks the rule %q", rule)
		}
	}
}

// TestValidationFindsWrongExamples makes sure that examples are held against schemas.
func TestValidationFindsWrongExamples(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(doc *openapi3.T)
	}{
		{"an undeclared key", func(d *openapi3.T) { problem(d, "PoolHuawei")["colour"] = "blue" }},
		{"a value of another type", func(d *openapi3.T) { problem(d, "PoolHuawei")["name"] = 7.0 }},
		{"null where it cannot be", func(d *openapi3.T) { problem(d, "PoolHuawei")["state"] = nil }},
		{"a time that is none", func(d *openapi3.T) { problem(d, "PoolHuawei")["as_of"] = "yesterday" }},
		{"a required key that is not there", func(d *openapi3.T) { delete(problem(d, "Internal"), "retryable") }},
		{"a body with an undeclared key", func(d *openapi3.T) { problem(d, "ResizeBody")["colour"] = "blue" }},
		{"a body with a word that is not one", func(d *openapi3.T) { problem(d, "ResizeBody")["type"] = "SHRINK" }},
		{"a word of a request that is not one", func(d *openapi3.T) { d.Components.Parameters["PoolStateParam"].Value.Example = []any{"BROKEN"} }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc := load(t)
			tt.spoil(doc)
			if err := validate(t.Context(), doc); err == nil {
				t.Error("the document is valid")
			}
		})
	}
}

func post(doc *openapi3.T, path string) *openapi3.Operation { return doc.Paths.Value(path).Post }

func get(doc *openapi3.T, path string) *openapi3.Operation { return doc.Paths.Value(path).Get }

func answer(doc *openapi3.T, path, status string) *openapi3.Response {
	return get(doc, path).Responses.Value(status).Value
}

func problem(doc *openapi3.T, example string) map[string]any {
	return doc.Components.Examples[example].Value.Value.(map[string]any)
}

func declare(doc *openapi3.T, name string, s *openapi3.Schema) {
	doc.Components.Schemas["Pool"].Value.Properties[name] = &openapi3.SchemaRef{Value: s}
}
