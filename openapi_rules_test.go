package deskpool_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"
)

// problemCodes says with which status each code is answered.
var problemCodes = map[string]string{
	"MALFORMED_REQUEST": "400", "UNKNOWN_PARAMETER": "400", "INVALID_PARAMETER": "400", "CURSOR_INVALID": "400",
	"UNAUTHENTICATED": "401", "FORBIDDEN": "403",
	"NOT_FOUND": "404", "POOL_NOT_FOUND": "404", "DESKTOP_NOT_FOUND": "404", "SOURCE_NOT_FOUND": "404",
	"METHOD_NOT_ALLOWED": "405", "NOT_ACCEPTABLE": "406",
	"OPERATION_CONFLICT": "409", "SERVICE_NOT_ENABLED": "409",
	"CURSOR_EXPIRED": "410", "INTERNAL": "500",
	"UPSTREAM_ERROR": "502", "UPSTREAM_BAD_BODY": "502", "UPSTREAM_LIMIT": "502", "UPSTREAM_AUTH": "502",
	"UPSTREAM_THROTTLED": "503", "UPSTREAM_UNAVAILABLE": "503", "DRAINING": "503",
	"UPSTREAM_TIMEOUT":        "504",
	"IDEMPOTENCY_KEY_MISSING": "400", "IDEMPOTENCY_KEY_INVALID": "400", "ORDER_NOT_FOUND": "404",
	"LENGTH_REQUIRED": "411", "PAYLOAD_TOO_LARGE": "413", "UNSUPPORTED_MEDIA_TYPE": "415",
	"ORDER_IN_PROGRESS": "409", "ORDER_NOT_PLACED": "409", "UNRESOLVED_ORDER": "409", "PRICE_CHANGED": "409",
	"VALIDATION_FAILED": "422", "IDEMPOTENCY_KEY_MISMATCH": "422", "ORDER_REJECTED": "422", "CAPABILITY_NOT_SUPPORTED": "422",
	"LEDGER_UNAVAILABLE": "503",
}

// conditional are the properties that are left out where they say nothing.
var conditional = []string{
	"Page.total", "SourceOutcome.problem", "SourceOutcome.native", "SourceProblem.retry_after_s", "SourceProblem.upstream",
	"SourceError.retry_after_s", "SourceError.upstream", "Problem.retry_after_s", "Problem.errors", "Problem.upstream",
	"FieldError.pointer", "FieldError.parameter", "Health.detail", "Estimate.native", "OrderItem.native",
	"OrderRefusal.retry_after_s", "OrderRefusal.upstream",
	// Only what was given:
	"Order.add_volume", "Order.extend_volume", "Order.resize", "Order.change_image", "Order.add_sub_resources",
	"Order.delete_sub_resources", "Order.promotion_plan_id", "Order.max_amount",
}

// vocabularies pairs parameters with the property whose words they take.
var vocabularies = map[string]string{
	"PoolStateParam": "Pool.state", "BillingModeParam": "Pool.billing_mode", "AssignmentModeParam": "Pool.assignment_mode",
	"OSTypeParam": "Image.os_type", "PowerStateParam": "Desktop.power_state", "ConnectionStateParam": "Desktop.connection_state",
	"AssignmentStateParam": "Desktop.assignment_state", "LifecycleStateParam": "Desktop.lifecycle_state",
	"SummaryStateParam": "Desktop.summary_state", "OrderStateParam": "Order.state", "OrderTypeParam": "Order.type", "OfferKindParam": "Offer.kind",
}

var (
	lowerCamel = regexp.MustCompile(`^[a-z]+([A-Z][a-z]*)*$`)
	snakeCase  = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)
	dotted     = regexp.MustCompile(`^[a-z][a-z0-9]*([_.][a-z0-9]+)*$`)
	codeWord   = regexp.MustCompile("`([A-Z]+(?:_[A-Z]+)*)`")
	otherUnit  = regexp.MustCompile(`_(seconds|secs|sec|minutes|mins|hours|ms|millis|duration|time|date|on)$`)
)

// rules are what the document must keep, each giving the faults it finds.
var rules = map[string]func(*openapi3.T) []string{
	"operations are described": describedOperations,
	"scopes are kept":          keptScopes,
	"responses are declared":   declaredResponses,
	"responses have examples":  exampledResponses,
	"errors are problems":      problemResponses,
	"codes are mentioned":      mentionedCodes,
	"parameters are described": describedParameters,
	"words of requests":        requestWords,
	"fields of requests":       requestFields,
	"objects are closed":       closedObjects,
	"keys are always there":    requiredKeys,
	"names and units":          namedProperties,
	"words are open":           openWords,
	"lines of a stream":        streamLines,
	"examples are whole":       wholeExamples,
	"bodies are described":     describedBodies,
	"bodies are closed":        closedBodies,
}

// operation is one operation with its name, as in "GET /v1/pools".
type operation struct {
	*openapi3.Operation
	name string
}

func operations(doc *openapi3.T) []operation {
	var ops []operation
	for path, item := range doc.Paths.Map() {
		for method, o := range item.Operations() {
			ops = append(ops, operation{o, method + " " + path})
		}
	}
	slices.SortFunc(ops, func(a, b operation) int { return strings.Compare(a.name, b.name) })
	return ops
}

func describedOperations(doc *openapi3.T) (faults []string) {
	seen := map[string]bool{}
	for _, op := range operations(doc) {
		if !lowerCamel.MatchString(strings.NewReplacer("JSON", "Json", "YAML", "Yaml", "API", "Api").Replace(op.OperationID)) || seen[op.OperationID] {
			faults = append(faults, op.name+": operationId "+op.OperationID)
		}
		seen[op.OperationID] = true
		if op.Summary == "" || op.Description == "" {
			faults = append(faults, op.name+": no summary or description")
		}
		if len(op.Tags) != 1 || doc.Tags.Get(op.Tags[0]) == nil {
			faults = append(faults, op.name+": not exactly one declared tag")
		}
	}
	return faults
}

func keptScopes(doc *openapi3.T) (faults []string) {
	for _, op := range operations(doc) {
		scope, _ := op.Extensions["x-scope"].(string)
		open := op.Security != nil && len(*op.Security) == 0
		said := "Scope: `" + scope + "`"
		switch scope {
		case "open":
			said = "Open."
		case "pools:read", "native:read", "orders:estimate", "orders:write", "orders:read", "admin":
		default:
			faults = append(faults, op.name+": x-scope "+scope)
		}
		if open != (scope == "open") {
			faults = append(faults, op.name+": security and x-scope differ")
		}
		if !strings.Contains(op.Description, said) {
			faults = append(faults, op.name+": the description does not say "+said)
		}
		refuses := op.Responses.Value("401") != nil && op.Responses.Value("403") != nil
		if scope != "open" && !refuses {
			faults = append(faults, op.name+": no 401 or no 403")
		}
	}
	return faults
}

// headersOf says which headers answers with a status have, besides Request-Id and Cache-Control.
var headersOf = map[string]string{"401": "WWW-Authenticate", "405": "Allow", "429": "Retry-After", "503": "Retry-After"}

func declaredResponses(doc *openapi3.T) (faults []string) {
	for _, op := range operations(doc) {
		for _, status := range []string{"400", "405", "406", "500"} {
			if op.Responses.Value(status) == nil {
				faults = append(faults, op.name+": no "+status)
			}
		}
		if op.Responses.Value("200") == nil && op.Responses.Value("201") == nil {
			faults = append(faults, op.name+": no 200 and no 201")
		}
		for status, r := range op.Responses.Map() {
			at := op.name + " " + status
			if status == "default" {
				faults = append(faults, at+": say each status")
			}
			for _, h := range []string{"Request-Id", "Cache-Control", headersOf[status]} {
				if h != "" && (r.Value.Headers[h] == nil || !r.Value.Headers[h].Value.Required) {
					faults = append(faults, at+": not always "+h)
				}
			}
			for name, h := range r.Value.Headers {
				if h.Value.Description == "" || h.Value.Example == nil {
					faults = append(faults, at+" "+name+": no description or example")
				}
			}
		}
	}
	return faults
}

func exampledResponses(doc *openapi3.T) (faults []string) {
	for _, op := range operations(doc) {
		for status, r := range op.Responses.Map() {
			if len(r.Value.Content) == 0 && status != "304" {
				faults = append(faults, op.name+" "+status+": no content")
			}
			for media, content := range r.Value.Content {
				if len(content.Examples) == 0 {
					faults = append(faults, op.name+" "+status+" "+media+": no example")
				}
				for name, e := range content.Examples {
					if e.Value.Summary == "" {
						faults = append(faults, op.name+" "+status+" "+name+": no summary")
					}
				}
			}
		}
	}
	return faults
}

func problemResponses(doc *openapi3.T) (faults []string) {
	for _, op := range operations(doc) {
		for status, r := range op.Responses.Map() {
			at := op.name + " " + status
			if status < "400" {
				continue
			}
			content := r.Value.Content["application/problem+json"]
			if len(r.Value.Content) != 1 || content == nil || content.Schema.Ref != "#/components/schemas/Problem" {
				faults = append(faults, at+": not a Problem only")
				continue
			}
			var shown []string
			for name, e := range content.Examples {
				p, _ := e.Value.Value.(map[string]any)
				code := fmt.Sprint(p["code"])
				slug := strings.ReplaceAll(strings.ToLower(code), "_", "-")
				if problemCodes[code] != status || fmt.Sprint(p["status"]) != status || !strings.HasSuffix(fmt.Sprint(p["type"]), "/problems/"+slug) {
					faults = append(faults, at+": example "+name+" does not fit")
				}
				shown = append(shown, code)
			}
			slices.Sort(shown)
			if diff := cmp.Diff(slices.Compact(shown), words(*r.Value.Description)); diff != "" {
				faults = append(faults, at+": codes of examples and description:\n"+diff)
			}
		}
	}
	return faults
}

// words returns the codes that a description names, sorted.
func words(description string) []string {
	var found []string
	for _, m := range codeWord.FindAllStringSubmatch(description, -1) {
		if problemCodes[m[1]] != "" {
			found = append(found, m[1])
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func mentionedCodes(doc *openapi3.T) (faults []string) {
	mentioned := map[string]bool{}
	for _, op := range operations(doc) {
		for _, r := range op.Responses.Map() {
			for _, code := range words(*r.Value.Description) {
				mentioned[code] = true
			}
		}
	}
	all := slices.Sorted(maps.Keys(problemCodes))
	if diff := cmp.Diff(all, slices.Sorted(maps.Keys(mentioned))); diff != "" {
		faults = append(faults, "codes of all responses:\n"+diff)
	}
	if diff := cmp.Diff(all, slices.Sorted(slices.Values(known(property(doc, "Problem.code"))))); diff != "" {
		faults = append(faults, "codes of Problem:\n"+diff)
	}
	return faults
}

func describedParameters(doc *openapi3.T) (faults []string) {
	for _, op := range operations(doc) {
		for _, p := range op.Parameters {
			at := op.name + " " + p.Value.Name
			if p.Value.Description == "" || p.Value.Example == nil {
				faults = append(faults, at+": no description or example")
			}
			if p.Value.In != openapi3.ParameterInHeader && !dotted.MatchString(p.Value.Name) {
				faults = append(faults, at+": not snake_case")
			}
			schema := p.Value.Schema.Value
			if !schema.Type.Is("array") {
				continue
			}
			if p.Value.Style != "form" || p.Value.Explode == nil || *p.Value.Explode || schema.MinItems == 0 || !schema.UniqueItems {
				faults = append(faults, at+": not a list with commas, of one or more different values")
			}
		}
	}
	return faults
}
