package providertest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/deskpool/deskpool/internal/pool"
)

// agreeing is how many items are read by id.
const agreeing = 12

func poolAgrees(ctx context.Context, fx Fixture) error {
	r := fx.Source.Reader
	rows, err := r.Pools(ctx)
	if err != nil {
		return err
	}
	var broken []error
	for i, row := range rows.Value {
		if i >= agreeing && i != len(rows.Value)-1 && row.NativeID != fx.BigPoolID {
			continue
		}
		full, err := r.Pool(ctx, row.NativeID)
		if err != nil {
			return fmt.Errorf("pool %s, which is listed: %w", row.NativeID, err)
		}
		row.Native = nil
		broken = append(broken, disagreements("pool "+row.NativeID, reflect.ValueOf(row), reflect.ValueOf(full.Value))...)
	}
	return errors.Join(broken...)
}

func desktopAgrees(ctx context.Context, fx Fixture) error {
	r := fx.Source.Reader
	rows, err := r.Desktops(ctx, pool.DesktopsQuery{PoolID: fx.BigPoolID, Size: agreeing})
	if err != nil {
		return err
	}
	var broken []error
	for _, row := range rows.Value.Items {
		full, err := r.Desktop(ctx, row.NativeID)
		if err != nil {
			return fmt.Errorf("desktop %s, which is listed: %w", row.NativeID, err)
		}
		row.Native = nil
		if full.Value.PoolID == "" {
			row.PoolID = "" // which the row has of the question
		}
		broken = append(broken, disagreements("desktop "+row.NativeID, reflect.ValueOf(row), reflect.ValueOf(full.Value))...)
	}
	return errors.Join(broken...)
}

// disagreements are the fields of which row says something that full does not
// say, or says otherwise. What row does not say, or does not know, it leaves open.
func disagreements(at string, row, full reflect.Value) []error {
	if row.IsZero() || row.Kind() == reflect.String && row.String() == pool.Unknown {
		return nil
	}
	t, isTime := row.Interface().(time.Time)
	switch {
	case isTime:
		if !t.Equal(full.Interface().(time.Time)) {
			return []error{fmt.Errorf("%s: the row says %v, the read by id %v", at, t, full)}
		}
		return nil
	case row.Kind() == reflect.Pointer && !full.IsNil():
		return disagreements(at, row.Elem(), full.Elem())
	case row.Kind() == reflect.Struct:
		var list []error
		for i := range row.NumField() {
			list = append(list, disagreements(at+"."+row.Type().Field(i).Name, row.Field(i), full.Field(i))...)
		}
		return list
	case row.Kind() == reflect.Slice && row.Len() == full.Len() && row.IsNil() == full.IsNil():
		var list []error
		for i := range row.Len() {
			list = append(list, disagreements(fmt.Sprintf("%s[%d]", at, i), row.Index(i), full.Index(i))...)
		}
		return list
	case reflect.DeepEqual(row.Interface(), full.Interface()):
		return nil
	}
	return []error{fmt.Errorf("%s: the row says %s, the read by id %s", at, said(row), said(full))}
}

// said is what v holds, behind its pointers too.
func said(v reflect.Value) string {
	body, err := json.Marshal(v.Interface())
	if err != nil {
		return err.Error()
	}
	return string(body)
}
