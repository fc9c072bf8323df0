package alibabasim

// product is a desktop type.
type product struct {
	id, family  string
	cpu, memory int // vCPU, MiB
	gpu         bool
	soldOut     bool
}

// products are the desktop types of the service. Sizes are what the ids say;
// those of the older families, and what is sold out, are chosen here.
var products = []product{
	{id: "ecd.basic.small", family: "ecd.basic", cpu: 2, memory: 4096},
	{id: "ecd.basic.large", family: "ecd.basic", cpu: 2, memory: 8192},
	{id: "ecd.advanced.large", family: "ecd.advanced", cpu: 4, memory: 8192},
	{id: "ecd.advanced.xlarge", family: "ecd.advanced", cpu: 4, memory: 16384},
	{id: "ecd.performance.2xlarge", family: "ecd.performance", cpu: 8, memory: 16384, soldOut: true},
	{id: "ecd.graphics.xlarge", family: "ecd.graphics", cpu: 4, memory: 23 * 1024, gpu: true},
	{id: "ecd.graphics.2xlarge", family: "ecd.graphics", cpu: 10, memory: 46 * 1024, gpu: true, soldOut: true},
	{id: "eds.general.2c2g", family: generalOffice, cpu: 2, memory: 2048},
	{id: "eds.general.2c4g", family: generalOffice, cpu: 2, memory: 4096},
	{id: "eds.general.2c8g", family: generalOffice, cpu: 2, memory: 8192},
	{id: "eds.general.4c8g", family: generalOffice, cpu: 4, memory: 8192},
	{id: "eds.general.4c16g", family: generalOffice, cpu: 4, memory: 16384},
	{id: "eds.general.8c16g", family: generalOffice, cpu: 8, memory: 16384},
	{id: "eds.general.8c32g", family: generalOffice, cpu: 8, memory: 32768},
	{id: "eds.general.16c32g", family: generalOffice, cpu: 16, memory: 32768},
	{id: "eds.enterprise_office.2c4g", family: "eds.enterprise_office", cpu: 2, memory: 4096},
	{id: "eds.enterprise_office.4c8g", family: "eds.enterprise_office", cpu: 4, memory: 8192},
	{id: "eds.enterprise_office.8c16g", family: "eds.enterprise_office", cpu: 8, memory: 16384},
	{id: "eds.hf.4c8g", family: "eds.hf", cpu: 4, memory: 8192},
	{id: "eds.hf.8c16g", family: "eds.hf", cpu: 8, memory: 16384},
	{id: "eds.hf.12c24g", family: "eds.hf", cpu: 12, memory: 24576},
	{id: "eds.graphics.16c1t4", family: "eds.graphics", cpu: 16, memory: 31 * 1024, gpu: true},
	{id: "eds.graphics.24c1t4", family: "eds.graphics", cpu: 24, memory: 93 * 1024, gpu: true},
}

// generalOffice is the family that no desktop joins or leaves.
const generalOffice = "eds.general"

// findProduct finds a desktop type; the zero product has no id.
func findProduct(id string) product {
	for _, p := range products {
		if p.id == id {
			return p
		}
	}
	return product{}
}

// becomes is true if a desktop of type p can be made one of type q.
func (p product) becomes(q product) bool {
	return p.gpu == q.gpu && (p.family == generalOffice) == (q.family == generalOffice)
}

// typeRow is a desktop type in DescribeDesktopTypes, with its numbers in strings.
type typeRow struct {
	DesktopTypeID      string `json:"DesktopTypeId"`
	InstanceTypeFamily string
	CPUCount           string `json:"CpuCount"`
	MemorySize         string // MiB
	SystemDiskSize     string // GiB, the least
	DataDiskSize       string
	GpuCount           *float64 `json:",omitempty"`
	GpuSpec            *string  `json:",omitempty"`
	GpuMemory          *int     `json:",omitempty"` // MiB
	StockState         string   // Sufficient, Insufficient
	DesktopTypeStatus  string
	MaxSessionCount    int
	Scopes             []string
}

func (p product) row() typeRow {
	return typeRow{
		DesktopTypeID: p.id, InstanceTypeFamily: p.family, CPUCount: digits(p.cpu), MemorySize: digits(p.memory),
		SystemDiskSize: digits(leastRoot), DataDiskSize: digits(leastUser(p)),
		GpuCount: unless(!p.gpu, 1.0), GpuSpec: unless(!p.gpu, "NVIDIA T4"), GpuMemory: unless(!p.gpu, 16384),
		StockState:        pick(stock(p), "Sufficient", "Insufficient"),
		DesktopTypeStatus: pick(stock(p), "SUFFICIENT", "INSUFFICIENT"),
		MaxSessionCount:   max(1, p.cpu/2), Scopes: []string{"DESKTOP", "DESKTOP_GROUP"},
	}
}

func stock(p product) int {
	if p.soldOut {
		return 1
	}
	return 0
}

type typesAnswer struct {
	RequestID    string    `json:"RequestId"`
	DesktopTypes []typeRow `json:"DesktopTypes"`
}

// describeDesktopTypes lists all desktop types, on one page.
func (s *Sim) describeDesktopTypes(p *params) any {
	ids := p.list("DesktopTypeIdList", 100)
	if id := p.text("DesktopTypeId"); id != "" {
		ids = append(ids, id)
	}
	family, cpu, memory := p.text("InstanceTypeFamily"), p.number("CpuCount", 0, 1<<20, 0), p.number("MemorySize", 0, 1<<30, 0)
	order := p.word("OrderType", "UPGRADE", "DOWNGRADE")
	now, known := s.typeToModify(p)
	answer := typesAnswer{RequestID: p.requestID, DesktopTypes: []typeRow{}}
	for _, t := range products {
		if in(ids, t.id) && is(family, t.family) && (cpu == 0 || cpu == t.cpu) && (memory == 0 || memory == t.memory) &&
			(!known || now.becomes(t) && now.ordered(order, t)) {
			answer.DesktopTypes = append(answer.DesktopTypes, t.row())
		}
	}
	return answer
}

// typeToModify is the type that a desktop or a group has now, if one is named.
func (s *Sim) typeToModify(p *params) (product, bool) {
	if id := p.text("DesktopIdForModify"); id != "" {
		if d, ok := s.find(p, id); ok {
			return d.product(), true
		}
		p.fail(errUnknownDesktop())
	}
	if id := p.text("DesktopGroupIdForModify"); id != "" {
		if g := s.c.World.group(id); g != nil && !p.elsewhere {
			return g.product(), true
		}
		p.fail(errUnknownGroup())
	}
	return product{}, false
}

// ordered is true if going from p to q is an order of that kind; "" is any.
func (p product) ordered(kind string, q product) bool {
	switch kind {
	case "UPGRADE":
		return q.cpu >= p.cpu && q.memory >= p.memory && q.id != p.id
	case "DOWNGRADE":
		return q.cpu <= p.cpu && q.memory <= p.memory && q.id != p.id
	}
	return true
}

// find finds a desktop of this region, as it is now.
func (s *Sim) find(p *params, id string) (desktop, bool) {
	d, ok := s.c.World.desktop(id)
	if !ok || p.elsewhere || d.status == "Deleted" {
		return desktop{}, false
	}
	return p.view.desktop(d.g, d.slot), true
}
