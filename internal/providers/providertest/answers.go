package providertest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"

	"github.com/deskpool/deskpool/internal/pool"
	"github.com/deskpool/deskpool/internal/providers/fault"
)

var partsType = reflect.TypeFor[[]pool.Part]()

func answersDated(ctx context.Context, fx Fixture) error { return fx.answered(ctx, dated) }

// dated checks that an answer says when the cloud was asked.
func dated(a reply) error {
	switch {
	case a.from == pool.FromCache:
		return errors.New("the answer comes from a cache that was to be read past")
	case a.asOf.Before(a.before) || a.asOf.After(a.back):
		return fmt.Errorf("as of %v, but the call was from %v to %v", a.asOf, a.before, a.back)
	}
	for _, p := range a.parts {
		if p.ReadAt.Before(a.asOf) || p.ReadAt.After(a.back) {
			return fmt.Errorf("%s was read at %v; the answer is as of %v, the call ended at %v", p.Operation, p.ReadAt, a.asOf, a.back)
		}
	}
	return nil
}

func nativeKept(ctx context.Context, fx Fixture) error { return fx.answered(ctx, literal) }

// literal checks that an answer holds the cloud's own JSON, and each row in its place.
func literal(a reply) error {
	if err := checkParts(a.parts); err != nil {
		return fmt.Errorf("the parts: %w", err)
	}
	for _, r := range rows(a.value) {
		if err := checkRow(r.id, r.native, a.parts); err != nil {
			return err
		}
	}
	switch v := a.value.(type) {
	case pool.Pool:
		return checkWhole(v.NativeID, v.Native, a.parts)
	case pool.Desktop:
		return checkWhole(v.NativeID, v.Native, a.parts)
	}
	return nil
}

// item is an item of a listing.
type item struct {
	id     string
	native []pool.Part
}

// rows are the items of an answer that is a listing.
func rows(value any) (items []item) {
	switch v := value.(type) {
	case []pool.Pool:
		for _, p := range v {
			items = append(items, item{p.NativeID, p.Native})
		}
	case pool.DesktopPage:
		for _, d := range v.Items {
			items = append(items, item{d.NativeID, d.Native})
		}
	case []pool.Offer:
		for _, o := range v {
			items = append(items, item{o.Product.ID, o.Native})
		}
	case []pool.ImageOffer:
		for _, o := range v {
			items = append(items, item{o.Image.ID, o.Native})
		}
	}
	return items
}

func checkParts(parts []pool.Part) error {
	if len(parts) == 0 {
		return errors.New("there are none")
	}
	for _, p := range parts {
		if p.Operation == "" || p.ReadAt.IsZero() || !json.Valid(p.Body) {
			return fmt.Errorf("operation %q, read at %v, body %.100q", p.Operation, p.ReadAt, p.Body)
		}
	}
	return nil
}

// checkRow checks that an item of a listing holds its row, and that the
// envelopes do not.
func checkRow(id string, row, envelopes []pool.Part) error {
	if err := checkParts(row); err != nil {
		return fmt.Errorf("the native parts of %s: %w", id, err)
	}
	if !mentions(row, id) {
		return fmt.Errorf("the native parts of %s do not hold its id", id)
	}
	if mentions(envelopes, id) {
		return fmt.Errorf("the envelopes of the listing hold the row of %s", id)
	}
	return nil
}

// checkWhole checks that the item of a full read stands in the answer's parts only.
func checkWhole(id string, native, parts []pool.Part) error {
	if native != nil {
		return errors.New("a full read has native parts besides those of the answer")
	}
	if !mentions(parts, id) {
		return fmt.Errorf("the parts do not hold the id %s", id)
	}
	return nil
}

func mentions(parts []pool.Part, id string) bool {
	for _, p := range parts {
		if bytes.Contains(p.Body, []byte(`"`+id+`"`)) {
			return true
		}
	}
	return false
}

// secretsKept looks for secrets in every answer and error, in every format.
func secretsKept(ctx context.Context, fx Fixture) error {
	broken := []error{fx.tells("the source", fx.Source), fx.tells("the reader", fx.Source.Reader)}
	look := func(what string, r read) {
		a, err := r.ask(ctx)
		what += " of " + r.name
		broken = append(broken, fx.tells(what, a.value), fx.tells(what, a.parts), fx.tellsError(what, err))
	}
	reads, err := fx.reads(ctx)
	if err != nil {
		return err
	}
	for _, r := range reads {
		look("the answer", r)
	}
	for _, r := range fx.readsOf(fx.UnknownPoolID, fx.UnknownDesktopID) {
		look("the error for an unknown id", r)
	}
	for _, kind := range []fault.Kind{fault.Error, fault.Throttle, fault.Cut, fault.HTML, fault.LoseAnswer} {
		if fx.Break == nil {
			break
		}
		fx.Break(fault.Fault{Kind: kind})
		for _, r := range reads {
			look("the error for fault "+string(kind), r)
		}
		fx.Heal()
	}
	return errors.Join(broken...)
}

// tellsError finds a secret in err or any error that it wraps.
func (fx Fixture) tellsError(what string, err error) error {
	if err == nil {
		return nil
	}
	broken := []error{fx.tells(what, err)}
	if e, ok := err.(*pool.Error); ok { //nolint:errorlint // each error of the chain comes here by itself
		broken = append(broken, fx.tells(what, e.Upstream))
	}
	switch wrapping := err.(type) { //nolint:errorlint // likewise
	case interface{ Unwrap() error }:
		broken = append(broken, fx.tellsError(what, wrapping.Unwrap()))
	case interface{ Unwrap() []error }:
		for _, e := range wrapping.Unwrap() {
			broken = append(broken, fx.tellsError(what, e))
		}
	}
	return errors.Join(broken...)
}

// tells finds a secret in what v prints as.
func (fx Fixture) tells(what string, v any) error {
	for _, format := range []string{"%v", "%+v", "%#v", "JSON"} {
		text := ""
		if format == "JSON" {
			body, _ := json.Marshal(v) // what has no JSON tells nothing
			text = string(body)
		} else {
			text = fmt.Sprintf(format, v)
		}
		for i, secret := range fx.Secrets {
			if strings.Contains(text, secret) {
				return fmt.Errorf("%s tells secret %d in format %s", what, i, format)
			}
		}
	}
	return nil
}

// concurrent makes 32 callers read at once; the race detector watches.
func concurrent(ctx context.Context, fx Fixture) error {
	const callers = 32
	reads, err := fx.reads(ctx)
	if err != nil {
		return err
	}
	alone := make([]reply, len(reads))
	for i, r := range reads {
		if alone[i], err = r.ask(ctx); err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
	}
	broken := make([]error, callers)
	var wait sync.WaitGroup
	for i := range callers {
		wait.Go(func() {
			r := reads[i%len(reads)]
			got, err := r.ask(ctx)
			if err != nil {
				broken[i] = fmt.Errorf("%s: %w", r.name, err)
			} else if diff := unified(alone[i%len(reads)], got); diff != "" {
				broken[i] = fmt.Errorf("%s (-alone +among others):\n%s", r.name, diff)
			}
		})
	}
	wait.Wait()
	return errors.Join(broken...)
}
