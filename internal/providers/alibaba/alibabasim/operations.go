package alibabasim

// operation is one operation of a product. It reads its parameters first; a
// fault in one is kept by params and answered instead of what it returns.
type operation struct {
	version string // of its product's API
	writes  bool
	do      func(s *Sim, p *params) any
}

// findOperation finds an operation by name; there is none if its do is nil.
func findOperation(action string) operation {
	if do := ecdRead(action); do != nil {
		return operation{version: apiVersion, do: do}
	}
	switch action {
	case "ModifyDesktopSpec":
		return operation{apiVersion, true, (*Sim).modifyDesktopSpec}
	case "ResetDesktops":
		return operation{apiVersion, true, (*Sim).resetDesktops}
	case "StartDesktops":
		return operation{apiVersion, true, (*Sim).startDesktops}
	case "StopDesktops":
		return operation{apiVersion, true, (*Sim).stopDesktops}
	case "GetOrderDetail":
		return operation{billingVersion, false, (*Sim).getOrderDetail}
	case "QueryOrders":
		return operation{billingVersion, false, (*Sim).queryOrders}
	case "CancelOrder":
		return operation{billingVersion, true, (*Sim).cancelOrder}
	}
	return operation{}
}

func ecdRead(action string) func(*Sim, *params) any {
	switch action {
	case "DescribeDesktopGroups":
		return (*Sim).describeDesktopGroups
	case "GetDesktopGroupDetail":
		return (*Sim).getDesktopGroupDetail
	case "DescribeDesktopsInGroup":
		return (*Sim).describeDesktopsInGroup
	case "DescribeDesktops":
		return (*Sim).describeDesktops
	case "DescribeDesktopInfo":
		return (*Sim).describeDesktopInfo
	case "DescribeUsersInGroup":
		return (*Sim).describeUsersInGroup
	case "DescribeDesktopTypes":
		return (*Sim).describeDesktopTypes
	case "DescribeImages":
		return (*Sim).describeImages
	case "DescribePrice":
		return (*Sim).describePrice
	case "DescribeModificationPrice":
		return (*Sim).describeModificationPrice
	case "DescribeRegions":
		return (*Sim).describeRegions
	}
	return nil
}
