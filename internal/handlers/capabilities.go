package handlers

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/deskpool/deskpool/internal/pool"
)

// GetCapabilities serves GET /v1/capabilities.
func (a *api) GetCapabilities(w http.ResponseWriter, r *http.Request, p GetCapabilitiesParams) {
	listLocal(a, w, r, localQuery{p.Cloud, p.Source, p.Region, p.Limit, p.Cursor}, capabilities)
}

// reads is what every source can do: the methods of pool.Reader.
var reads = []string{"POOLS", "POOL", "DESKTOPS", "DESKTOP", "STATISTICS"}

// capabilities says what a source can do.
func capabilities(src pool.Source) Capabilities {
	out := Capabilities{
		ID: src.ID, Cloud: string(src.Cloud), Region: src.Region, Reads: reads, OrderTypes: []OrderSupport{},
		Filters: []string{}, NotReported: append([]string{}, src.NotReported...), WordsSeen: map[string][]string{},
	}
	if o := src.Ordering; o != nil {
		out.OrderTypes = rows(append([]pool.OrderSupport{}, o.Types...), orderSupport)
		out.PriceSupport = slices.ContainsFunc(o.Types, func(s pool.OrderSupport) bool { return s.Price })
		out.AutoPay = slices.ContainsFunc(o.Types, takesAutoPay)
		if o.MaxDesktops > 0 {
			out.MaxDesktops = &o.MaxDesktops
		}
	}
	for name, has := range map[string]bool{
		"billing_mode": src.DesktopFilters.BillingMode, "power_state": src.DesktopFilters.PowerState, "user": src.DesktopFilters.User,
	} {
		if has {
			out.Filters = append(out.Filters, name)
		}
	}
	slices.Sort(out.Filters)
	slices.Sort(out.NotReported)
	for _, seen := range slices.Sorted(maps.Keys(src.Drift.Counts().Words)) {
		vocabulary, word, _ := strings.Cut(seen, "=")
		out.WordsSeen[vocabulary] = append(out.WordsSeen[vocabulary], word)
	}
	return out
}

// orderSupport says what a source takes for one type of order.
func orderSupport(s pool.OrderSupport) OrderSupport {
	return OrderSupport{Type: string(s.Type), Price: s.Price, Parameters: rows(append([]pool.Parameter{}, s.Parameters...), orderParameter)}
}

func orderParameter(p pool.Parameter) OrderParameter {
	return OrderParameter{
		Name: p.Name, Type: string(p.Type), Required: p.Required,
		Min: p.Min, Max: p.Max, Step: p.Step, MaxLength: p.Length, Allowed: p.Allowed,
	}
}

func takesAutoPay(s pool.OrderSupport) bool {
	return slices.ContainsFunc(s.Parameters, func(p pool.Parameter) bool { return p.Name == "auto_pay" })
}
