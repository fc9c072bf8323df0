package providertest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/deskpool/deskpool/internal/pool"
)

// personalKnown looks for the users of the unified view in the cloud's own
// JSON: wherever they stand, a key above them must be known as personal.
func personalKnown(ctx context.Context, fx Fixture) error {
	page, err := fx.reader().Desktops(ctx, pool.DesktopsQuery{PoolID: fx.BigPoolID, Size: pool.MaxPage})
	if err != nil {
		return err
	}
	people := map[string]bool{}
	for _, u := range users(page.Value.Items) {
		people[u.ID], people[u.Name] = true, true
	}
	delete(people, "")
	return fx.answered(ctx, func(a reply) error {
		parts := a.parts
		for _, r := range rows(a.value) {
			parts = append(parts, r.native...)
		}
		for _, part := range parts {
			if err := fx.personalIn(part, people); err != nil {
				return err
			}
		}
		return nil
	})
}

func (fx Fixture) personalIn(part pool.Part, people map[string]bool) error {
	d := json.NewDecoder(bytes.NewReader(part.Body))
	d.UseNumber()
	var body any
	if err := d.Decode(&body); err != nil {
		return fmt.Errorf("%s: %w", part.Operation, err)
	}
	if key, found := fx.betrayed("", body, people); found {
		return fmt.Errorf("%s: the key %q holds a user, but is not known as personal", part.Operation, key)
	}
	return nil
}

// betrayed finds the key of a person in v, which stands under key, outside all personal keys.
func (fx Fixture) betrayed(key string, v any, people map[string]bool) (string, bool) {
	if fx.Source.Personal != nil && fx.Source.Personal(key) {
		return "", false
	}
	switch v := v.(type) {
	case string:
		return key, people[v]
	case []any:
		for _, e := range v {
			if key, found := fx.betrayed(key, e, people); found {
				return key, true
			}
		}
	case map[string]any:
		for k, e := range v {
			if key, found := fx.betrayed(k, e, people); found {
				return key, true
			}
		}
	}
	return "", false
}
