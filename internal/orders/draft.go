package orders

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/deskpool/deskpool/internal/pool"
)

// Draft is an order as a caller writes it: Order lacks its target, of which
// exactly one of Pool and Desktops is given.
type Draft struct {
	Pool      *pool.ID
	Desktops  []pool.ID
	Order     pool.Order
	MaxAmount *pool.Money
	Body      json.RawMessage // as it came
}

// order is the draft as its source is asked for it, and that source's id.
func (d Draft) order() (pool.Order, string, error) {
	o := d.Order
	if d.Pool != nil {
		o.PoolID = d.Pool.Native
		return o, d.Pool.Source, nil
	}
	var faults []pool.Fault
	for i, id := range d.Desktops {
		at := "/target/desktop_ids/" + strconv.Itoa(i)
		switch {
		case id.Source != d.Desktops[0].Source:
			faults = append(faults, pool.Fault{Pointer: at, Code: FaultInvalid, Detail: "All desktops of an order are of one source."})
		case slices.Contains(o.DesktopIDs, id.Native):
			faults = append(faults, pool.Fault{Pointer: at, Code: FaultRepeated, Detail: "A desktop stands there twice."})
		}
		o.DesktopIDs = append(o.DesktopIDs, id.Native)
	}
	if len(d.Desktops) == 0 {
		faults = append(faults, pool.Fault{Pointer: "/target", Code: FaultInvalid, Detail: "It names neither a pool nor desktops."})
	}
	if len(faults) > 0 {
		return o, "", refuse(Unprocessable, faults...)
	}
	slices.Sort(o.DesktopIDs)
	return o, d.Desktops[0].Source, nil
}

// fingerprint is the same for orders that ask for the same, however they are written.
func fingerprint(source string, o pool.Order, most *pool.Money) string {
	if most != nil {
		if m, err := pool.NewMoney(most.Amount, most.Currency); err == nil {
			most = &m
		}
	}
	canonical, err := json.Marshal(struct {
		Source    string      `json:"source"`
		Order     pool.Order  `json:"order"`
		MaxAmount *pool.Money `json:"max_amount"`
	}{source, o, most})
	if err != nil {
		panic(err) // these types always encode
	}
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:])
}

// pointed turns the pointers of err into the caller's body, whose desktops
// may stand in another order than ours.
func (d Draft) pointed(err error) error {
	const list = "/target/desktop_ids/"
	if err == nil || d.Pool != nil {
		return err
	}
	e := *pool.AsError(err)
	e.Faults = slices.Clone(e.Faults)
	sorted := make([]string, len(d.Desktops))
	for i, id := range d.Desktops {
		sorted[i] = id.Native
	}
	slices.Sort(sorted)
	for i, f := range e.Faults {
		n, isIndex := strings.CutPrefix(f.Pointer, list)
		at, bad := strconv.Atoi(n)
		if !isIndex || bad != nil || at < 0 || at >= len(sorted) {
			continue
		}
		as := slices.IndexFunc(d.Desktops, func(id pool.ID) bool { return id.Native == sorted[at] })
		e.Faults[i].Pointer = fmt.Sprint(list, as)
	}
	return &e
}
