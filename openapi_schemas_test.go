package deskpool_test

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"
)

// property returns the schema of "Schema.property".
func property(doc *openapi3.T, path string) *openapi3.Schema {
	schema, name, _ := strings.Cut(path, ".")
	return doc.Components.Schemas[schema].Value.Properties[name].Value
}

// known returns the known words of an open vocabulary.
func known(s *openapi3.Schema) []string { return texts(s.Extensions["x-known-values"]) }

func texts(list any) []string {
	var out []string
	values, _ := list.([]any)
	for _, v := range values {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// items returns what a list parameter takes, or the parameter itself.
func items(doc *openapi3.T, parameter string) *openapi3.Schema {
	s := doc.Components.Parameters[parameter].Value.Schema.Value
	if s.Items != nil {
		return s.Items.Value
	}
	return s
}

func requestWords(doc *openapi3.T) (faults []string) {
	for parameter, path := range vocabularies {
		if diff := cmp.Diff(known(property(doc, path)), texts(items(doc, parameter).Enum)); diff != "" {
			faults = append(faults, parameter+" and "+path+":\n"+diff)
		}
	}
	for asked, told := range map[string]string{"OrderRequest.type": "Order.type"} {
		if diff := cmp.Diff(known(property(doc, told)), texts(property(doc, asked).Enum)); diff != "" {
			faults = append(faults, asked+" and "+told+":\n"+diff)
		}
	}
	return faults
}

func requestFields(doc *openapi3.T) (faults []string) {
	sortable := texts(items(doc, "SortParam").Enum)
	for parameter, schema := range map[string]string{
		"PoolFieldsParam": "Pool", "DesktopFieldsParam": "Desktop", "OfferFieldsParam": "Offer", "ImageOfferFieldsParam": "ImageOffer",
	} {
		want := fieldPaths(doc.Components.Schemas[schema], "")
		got := slices.Sorted(slices.Values(texts(items(doc, parameter).Enum)))
		if diff := cmp.Diff(want, got); diff != "" {
			faults = append(faults, parameter+" and "+schema+":\n"+diff)
		}
		if schema != "Pool" {
			continue
		}
		for _, field := range sortable {
			field = strings.TrimPrefix(field, "-")
			if !slices.Contains(want, field) || !slices.Contains(sortable, "-"+field) {
				faults = append(faults, "SortParam: "+field)
			}
		}
	}
	return faults
}

// fieldPaths returns the paths to all properties below a schema, sorted.
func fieldPaths(s *openapi3.SchemaRef, prefix string) []string {
	if s.Value.Items != nil {
		s = s.Value.Items
	}
	var paths []string
	for name, p := range s.Value.Properties {
		if name == "native" {
			continue
		}
		paths = append(paths, prefix+name)
		paths = append(paths, fieldPaths(p, prefix+name+".")...)
	}
	slices.Sort(paths)
	return paths
}

// walk calls f with every schema of the document and a name for it.
func walk(doc *openapi3.T, f func(name string, s *openapi3.Schema)) {
	for name, s := range doc.Components.Schemas {
		walkSchema(name, s, f)
	}
	for _, op := range operations(doc) {
		if op.RequestBody == nil {
			continue
		}
		for media, content := range op.RequestBody.Value.Content {
			walkSchema(op.name+" "+media, content.Schema, f)
		}
	}
}

func walkSchema(name string, s *openapi3.SchemaRef, f func(string, *openapi3.Schema)) {
	if s == nil || s.Ref != "" {
		return
	}
	f(name, s.Value)
	for property, p := range s.Value.Properties {
		walkSchema(name+"."+property, p, f)
	}
	walkSchema(name+"[]", s.Value.Items, f)
	walkSchema(name+"{}", s.Value.AdditionalProperties.Schema, f)
}

func closedObjects(doc *openapi3.T) (faults []string) {
	walk(doc, func(name string, s *openapi3.Schema) {
		extra := s.AdditionalProperties
		isMap := extra.Schema != nil && len(s.Properties) == 0
		if s.Type.Is("object") && !isMap && (extra.Has == nil || *extra.Has) {
			faults = append(faults, name+": takes undeclared properties")
		}
	})
	return faults
}

func requiredKeys(doc *openapi3.T) (faults []string) {
	asked := requestSchemas(doc)
	for name, s := range doc.Components.Schemas {
		_, trimmable := s.Value.Extensions["x-trimmable"]
		for property := range s.Value.Properties {
			path := name + "." + property
			want := !trimmable && name != "Upstream" && !slices.Contains(conditional, path) ||
				property == "id" && slices.Contains([]string{"Pool", "Desktop", "Offer", "ImageOffer"}, name)
			if !asked[name] && slices.Contains(s.Value.Required, property) != want {
				faults = append(faults, path+": required or not")
			}
		}
		for _, r := range s.Value.Required {
			if s.Value.Properties[r] == nil {
				faults = append(faults, name+"."+r+": required, but not declared")
			}
		}
	}
	return faults
}

func namedProperties(doc *openapi3.T) (faults []string) {
	walk(doc, func(schema string, s *openapi3.Schema) {
		for name, p := range s.Properties {
			path := schema + "." + name
			if !snakeCase.MatchString(name) {
				faults = append(faults, path+": not snake_case")
			}
			isTime := p.Value.Format == "date-time"
			if isTime != (strings.HasSuffix(name, "_at") || name == "as_of" || name == "at") {
				faults = append(faults, path+": times, and only times, end in _at")
			}
			if strings.HasSuffix(name, "_s") && !p.Value.Type.Is("integer") {
				faults = append(faults, path+": durations are whole seconds")
			}
			if otherUnit.MatchString(name) && path != "ChangeImage.notice_minutes" { // the clouds take whole minutes
				faults = append(faults, path+": times end in _at, durations in _s")
			}
		}
	})
	return faults
}

func openWords(doc *openapi3.T) (faults []string) {
	asked := requestSchemas(doc)
	walk(doc, func(name string, s *openapi3.Schema) {
		component, _, _ := strings.Cut(name, ".")
		if len(s.Enum) > 0 && !asked[component] {
			faults = append(faults, name+": closed, but new words may come")
		}
		words := known(s)
		if s.Items != nil && s.Items.Ref == "" {
			words = append(words, known(s.Items.Value)...)
		}
		if strings.HasSuffix(name, "[]") { // the list describes them
			words = nil
		}
		for _, word := range words {
			if !strings.Contains(s.Description, "`"+word+"`") {
				faults = append(faults, name+": the description does not say "+word)
			}
		}
	})
	return faults
}

func streamLines(doc *openapi3.T) (faults []string) {
	stream := doc.Components.Examples["DesktopStream"].Value.Value.(string)
	line := doc.Components.Schemas["NdjsonLine"].Value
	var types []string
	for _, text := range strings.Split(strings.TrimSuffix(stream, "\n"), "\n") {
		var v map[string]any
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			return []string{text + ": " + err.Error()}
		}
		if err := line.VisitJSON(v); err != nil {
			faults = append(faults, text+": "+err.Error())
		}
		kind, _ := v["type"].(string)
		types = append(types, kind)
	}
	if diff := cmp.Diff([]string{"item", "source", "end"}, slices.Compact(types)); diff != "" {
		faults = append(faults, "the order of lines:\n"+diff)
	}
	return faults
}

// wholeExamples holds examples against what the schemas of what fields= can
// trim do not say: that every key is there.
func wholeExamples(doc *openapi3.T) (faults []string) {
	for name, schema := range map[string]string{
		"PoolHuawei": "Pool", "PoolAlibaba": "Pool", "DesktopHuawei": "Desktop", "DesktopAlibaba": "Desktop",
	} {
		missing(doc.Components.Schemas[schema], doc.Components.Examples[name].Value.Value, func(path string) {
			faults = append(faults, name+path+": not there")
		}, "")
	}
	return faults
}

func missing(s *openapi3.SchemaRef, v any, report func(path string), path string) {
	if list, ok := v.([]any); ok {
		for _, item := range list {
			missing(s.Value.Items, item, report, path)
		}
	}
	object, ok := v.(map[string]any)
	if !ok {
		return
	}
	for name, p := range s.Value.Properties {
		value, there := object[name]
		if !there && name != "native" {
			report(path + "." + name)
		}
		missing(p, value, report, path+"."+name)
	}
}
