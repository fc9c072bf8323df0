package providertest

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/deskpool/deskpool/internal/pool"
)

// Vocabularies are the words of the model, by the name of their Go type.
// Every one that has UNKNOWN has it last.
func Vocabularies() map[string][]string {
	return map[string][]string{
		"AssignmentMode":  {"STATIC", "DYNAMIC", pool.Unknown},
		"AssignmentState": {"ASSIGNED", "UNASSIGNED", "ASSIGNING", "UNASSIGNING", "PENDING", "ASSIGN_FAILED", "UNASSIGN_FAILED", pool.Unknown},
		"AutoscaleMode":   {"OFF", "ON_ACCESS", "KEEP_IDLE", "SCHEDULE", pool.Unknown},
		"Basis":           {"UPSTREAM_AGGREGATE", "COUNTED", "MIXED"},
		"BillingMode":     {"PREPAID", "POSTPAID", pool.Unknown},
		"BillingState":    {"ACTIVE", "FROZEN", "EXPIRED", pool.Unknown},
		"Condition":       {"HAS_FROZEN_DESKTOPS"},
		"ConnectionState": {"CONNECTED", "DISCONNECTED", "IDLE", "NOT_CONNECTED", "AGENT_OFFLINE", "UNREACHABLE", pool.Unknown},
		"DiskClass":       {"BALANCED", "GENERAL_SSD", "FAST_SSD", pool.Unknown},
		"DiskRole":        {"SYSTEM", "DATA"},
		"LifecycleState":  {"PROVISIONING", "READY", "UPDATING", "REBUILDING", "DELETING", "DELETED", "FAULTED", pool.Unknown},
		"MissingReason":   {"NOT_REPORTED_BY_CLOUD", "NOT_COUNTED", "SOURCE_FAILED"},
		"OfferKind":       {"DESKTOP", "VOLUME"},
		"OSType":          {"WINDOWS", "LINUX", "OTHER", pool.Unknown},
		"PaymentState": {"CREATED", "IN_REVIEW", "REFUNDING", "PROCESSING", "CANCELED", "COMPLETED", "AWAITING_PAYMENT", "COMPENSATING",
			"AWAITING_CONFIRMATION", "OTHER"},
		"PoolState":     {"READY", "CHANGING", "DEGRADED", "PENDING_PAYMENT", "SUSPENDED", pool.Unknown},
		"PowerState":    {"RUNNING", "STOPPED", "STARTING", "STOPPING", "RESTARTING", "HIBERNATED", pool.Unknown},
		"RetentionMode": {"NONE", "TIMED", "FOREVER", pool.Unknown},
		"SaleStatus":    {"ON_SALE", "SOLD_OUT", "WITHDRAWN", pool.Unknown},
		"SessionMode":   {"SINGLE", "MULTI", pool.Unknown},
	}
}

// Words collects the words that stand anywhere in v, by the name of their Go type.
func Words(v any) map[string]map[string]bool {
	words := map[string]map[string]bool{}
	visit(reflect.ValueOf(v), func(v reflect.Value) {
		if t := v.Type(); v.Kind() == reflect.String && t.PkgPath() != "" && v.String() != "" {
			if words[t.Name()] == nil {
				words[t.Name()] = map[string]bool{}
			}
			words[t.Name()][v.String()] = true
		}
	})
	return words
}

// visit calls what on v and all that is in it, times and native parts left out.
func visit(v reflect.Value, what func(reflect.Value)) {
	if !v.IsValid() || v.Type() == partsType || v.Type() == reflect.TypeFor[time.Time]() {
		return
	}
	what(v)
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		visit(v.Elem(), what)
	case reflect.Slice:
		for i := range v.Len() {
			visit(v.Index(i), what)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			visit(v.Field(i), what)
		}
	}
}

func wordsKnown(ctx context.Context, fx Fixture) error {
	return fx.answered(ctx, func(a reply) error { return spelled(a.value) })
}

// spelled checks that every word in v is of its vocabulary.
func spelled(v any) error {
	vocabularies := Vocabularies()
	for name, words := range Words(v) {
		vocabulary, known := vocabularies[name]
		if !known {
			return fmt.Errorf("the type %s is no vocabulary", name)
		}
		for word := range words {
			if !slices.Contains(vocabulary, word) {
				return fmt.Errorf("%q is no %s: %q", word, name, vocabulary)
			}
		}
	}
	return nil
}

// notReported checks that the fields that the source declares as never given
// exist, and that no answer gives them.
func notReported(ctx context.Context, fx Fixture) error {
	models := map[string]reflect.Type{"pool": reflect.TypeFor[pool.Pool](), "desktop": reflect.TypeFor[pool.Desktop]()}
	for _, declared := range fx.Source.NotReported {
		model, path, _ := strings.Cut(declared, ".")
		if t := models[model]; t == nil || !exists(t, strings.Split(path, ".")) {
			return fmt.Errorf("%q is no field of the model", declared)
		}
	}
	return fx.answered(ctx, func(a reply) error {
		for _, declared := range fx.Source.NotReported {
			model, path, _ := strings.Cut(declared, ".")
			if v := reflect.ValueOf(a.value); says(v, models[model], strings.Split(path, ".")) {
				return fmt.Errorf("%s is declared as not reported, but was", declared)
			}
		}
		return nil
	})
}

// field finds a field by its name in JSON.
func field(t reflect.Type, name string) (reflect.StructField, bool) {
	if t.Kind() != reflect.Struct {
		return reflect.StructField{}, false
	}
	return t.FieldByNameFunc(func(goName string) bool {
		return name == snake(goName) || name == strings.TrimSuffix(snake(goName), "econds") ||
			t == reflect.TypeFor[pool.Assignment]() && name == "user_"+snake(goName)
	})
}

func exists(t reflect.Type, path []string) bool {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if len(path) == 0 {
		return true
	}
	f, ok := field(t, path[0])
	return ok && exists(f.Type, path[1:])
}

// says tells whether any value of type model within v says the field at path.
func says(v reflect.Value, model reflect.Type, path []string) bool {
	found := false
	visit(v, func(v reflect.Value) {
		if v.Type() == model && saysField(v, path) {
			found = true
		}
	})
	return found
}

func saysField(v reflect.Value, path []string) bool {
	switch {
	case v.Kind() == reflect.Pointer && !v.IsNil():
		return saysField(v.Elem(), path)
	case v.Kind() == reflect.Slice && len(path) > 0:
		for i := range v.Len() {
			if saysField(v.Index(i), path) {
				return true
			}
		}
		return false
	case len(path) == 0 || v.Kind() == reflect.Pointer:
		return !v.IsZero()
	}
	f, _ := field(v.Type(), path[0])
	return saysField(v.FieldByIndex(f.Index), path[1:])
}

// snake is the name in JSON of a Go name: NotConnected is not_connected,
// MemoryMiB memory_mib, SubnetIDs subnet_ids.
func snake(name string) string {
	name = strings.NewReplacer("MiB", "Mib", "GiB", "Gib", "IDs", "Ids").Replace(name)
	var b strings.Builder
	runes := []rune(name)
	for i, r := range runes {
		starts := i > 0 && unicode.IsUpper(r) && (unicode.IsLower(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1]))
		if starts {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
