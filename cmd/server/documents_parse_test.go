package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// document is what a page of a vendor's reference says of one operation.
type document struct {
	operation  string          // Huawei: method and path; Alibaba: its name
	parameters map[string]bool // of the query; true: mandatory
	fields     []field         // of a good answer
	failures   map[string][]field
	example    string // of a good answer
}

// field is a row of a table of answers.
type field struct {
	name, kind, about string
	of                []field // of an object, or of the objects in a list
}

// The kinds of fields.
const (
	text    = "text"
	number  = "number"
	boolean = "boolean"
	object  = "object"
	objects = "objects"
	texts   = "texts"
)

// each calls do for a field and all fields below it, with paths that leave out indexes.
func each(fields []field, under string, do func(path string, f field)) {
	for _, f := range fields {
		do(under+f.name, f)
		each(f.of, under+f.name+".", do)
	}
}

func readDocument(t *testing.T, file string, parse func(t *testing.T, lines []string) document) document {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "documents", file))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.ReplaceAll(string(b), "\r\n", "\n"), "\n")
	d := parse(t, lines)
	from, to := slices.Index(lines, "{"), slices.Index(lines, "}")
	if from < 0 || to < from || !json.Valid([]byte(strings.Join(lines[from:to+1], "\n"))) {
		t.Fatalf("%s: no example from line %d to %d", file, from, to)
	}
	d.example = strings.ReplaceAll(strings.Join(lines[from:to+1], "\n"), "****", idEnd)
	return d
}

// idEnd stands where Alibaba's page hides the end of an id.
const idEnd = "ab12"

var (
	huaweiRoute   = regexp.MustCompile(`^GET /v2/\S+$`)
	huaweiTable   = regexp.MustCompile(`^(?:Table |表)\d+ (.+)$`)
	huaweiStatus  = regexp.MustCompile(`^(?:Status code: ?|状态码[:\x{ff1a}])(\S+)$`)
	huaweiName    = regexp.MustCompile(`^[A-Za-z][\w-]*$`)
	huaweiType    = regexp.MustCompile(`^(?:(String)|(Integer)|(Boolean)|(Array of strings)|Array of (\w+) objects|(\w+) object)$`)
	huaweiHeading = regexp.MustCompile(`^(?:Example|Request Parameters|Response Parameters|请求示例|请求参数|响应参数)`)
)

// table is a table of a Huawei page. objects in it are described in others.
type table struct {
	title, status string
	rows          []row
}

type row struct {
	field
	object    string // the title of the table of what it holds
	mandatory bool
}

// parseHuawei reads a page on which every cell has a line of its own.
func parseHuawei(t *testing.T, lines []string) document {
	t.Helper()
	d := document{parameters: map[string]bool{}, failures: map[string][]field{}}
	byTitle := map[string]table{}
	var answer table
	for _, tab := range huaweiTables(lines) {
		body := strings.Contains(strings.ToLower(tab.title), "body")
		switch {
		case strings.HasPrefix(tab.title, "Query"):
			for _, r := range tab.rows {
				d.parameters[r.name] = r.mandatory
			}
		case body && tab.status == "200":
			answer = tab
		case body:
			d.failures[tab.status] = tab.fields(t, nil)
		default:
			byTitle[tab.title] = tab
		}
	}
	d.fields = answer.fields(t, byTitle)
	if i := slices.IndexFunc(lines, huaweiRoute.MatchString); i >= 0 {
		d.operation = lines[i]
	}
	return d
}

func huaweiTables(lines []string) []table {
	var tables []table
	status, open := "", false
	for i, line := range lines {
		if m := huaweiTable.FindStringSubmatch(line); m != nil {
			tables, open = append(tables, table{title: m[1], status: status}), true
			continue
		}
		if m := huaweiStatus.FindStringSubmatch(line); m != nil {
			status, open = m[1], false
		}
		if open = open && !huaweiHeading.MatchString(line); !open {
			continue
		}
		rows := &tables[len(tables)-1].rows
		if r, ok := huaweiRow(lines[i:]); ok {
			*rows = append(*rows, r)
		} else if n := len(*rows); n > 0 {
			(*rows)[n-1].about += line + "\n"
		}
	}
	return tables
}

// huaweiRow reads a name, perhaps Yes or No, and a type. (The Chinese page has lost that column.)
func huaweiRow(lines []string) (row, bool) {
	answer := func(s string) bool { return s == "Yes" || s == "No" }
	if len(lines) < 3 || answer(lines[0]) || !huaweiName.MatchString(lines[0]) {
		return row{}, false
	}
	said := lines[1]
	if answer(said) {
		said = lines[2]
	}
	m := huaweiType.FindStringSubmatch(said)
	if m == nil {
		return row{}, false
	}
	kind := []string{text, number, boolean, texts, objects, object}[slices.IndexFunc(m[1:], func(s string) bool { return s != "" })]
	return row{field: field{name: lines[0], kind: kind}, object: m[5] + m[6], mandatory: lines[1] == "Yes"}, true
}

func (tab table) fields(t *testing.T, others map[string]table) []field {
	t.Helper()
	fields := make([]field, len(tab.rows))
	for i, r := range tab.rows {
		fields[i] = r.field
		if r.object == "" {
			continue
		}
		of, found := others[r.object]
		if !found {
			t.Fatalf("%s of %q is a %q, which has no table", r.name, tab.title, r.object)
		}
		fields[i].of = of.fields(t, others)
	}
	return fields
}

var (
	alibabaTitle     = regexp.MustCompile(`^Elastic Desktop Service:(\w+)$`)
	alibabaParameter = regexp.MustCompile(`^([A-Za-z]+?)(?:string|integer|boolean)(Yes|No)$`)
	alibabaField     = regexp.MustCompile(`^([A-Za-z]+?)(string|integer|boolean|array<object>|array|object)$`)
)

// parseAlibaba reads a page on which name and type stand in one line. The page
// has lost the indents of its table: its example tells what is in what.
func parseAlibaba(t *testing.T, lines []string) document {
	t.Helper()
	d := document{parameters: map[string]bool{}}
	requests, answers := slices.Index(lines, "Request parameters"), slices.Index(lines, "Response parameters")
	from, to := slices.Index(lines, "{"), slices.Index(lines, "}")
	if requests < 0 || answers < requests || from < answers || to < from {
		t.Fatalf("no parameters and example: lines %d, %d, %d", requests, answers, from)
	}
	for _, line := range lines {
		if m := alibabaTitle.FindStringSubmatch(line); m != nil {
			d.operation = m[1]
		}
	}
	for _, line := range lines[requests:answers] {
		if m := alibabaParameter.FindStringSubmatch(line); m != nil {
			d.parameters[m[1]] = m[2] == "Yes"
		}
	}
	var example map[string]any
	if err := json.Unmarshal([]byte(strings.Join(lines[from:to+1], "\n")), &example); err != nil {
		t.Fatal(err)
	}
	into, last, element := &d.fields, &field{}, false
	for _, line := range lines[answers:from] {
		m := alibabaField.FindStringSubmatch(line)
		switch {
		case m == nil:
			last.about += line + "\n"
			continue
		case element: // names what the list of the line before holds
			element = false
			if last.kind == objects {
				into = &last.of
			}
			continue
		}
		if _, top := example[m[1]]; top {
			into = &d.fields
		}
		kind := map[string]string{"string": text, "integer": number, "boolean": boolean, "array": texts, "array<object>": objects}[m[2]]
		*into = append(*into, field{name: m[1], kind: kind})
		last = &(*into)[len(*into)-1]
		element = kind == texts || kind == objects
	}
	return d
}

var documentedWord = regexp.MustCompile(`(?m)^\s*• ([A-Za-z]+)\s*(?:[:\x{ff1a}]|$)|\b([A-Z][A-Z_]+)\s*[:\x{ff1a}]`)

// words lists what a field's description gives as its values.
func (f field) words() []string {
	var list []string
	for _, m := range documentedWord.FindAllStringSubmatch(f.about, -1) {
		list = append(list, m[1]+m[2])
	}
	return list
}
