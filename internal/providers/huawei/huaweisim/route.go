package huaweisim

import (
	"net/http"
	"net/url"
	"strings"
)

// service is who answers, and in which form of error.
type service int

const (
	workspace service = iota
	iam
	bss // billing
)

// operation is one API, by Huawei's name for it.
type operation struct {
	name, method, path string
	service            service
	open               bool // needs no authentication
	order              bool // orders: Writes has every request
	serve              func(*Sim, *call) (reply, *failure)
}

// operations are all APIs; the first whose path matches is taken.
func operations() []operation {
	const get, post, put, project, orders = http.MethodGet, http.MethodPost, http.MethodPut, "/v2/{project_id}", "/orders/customer-orders"
	const inquiry = project + "/desktop-pool/periodic/inquiry/"
	return []operation{
		{name: "ListDesktopPools", method: get, path: project + "/desktop-pools", serve: (*Sim).listPools},
		{name: "ShowDesktopPoolDetail", method: get, path: project + "/desktop-pools/{id}", serve: (*Sim).showPool},
		{name: "ListPoolDesktopsDetail", method: get, path: project + "/desktop-pools/{id}/desktops", serve: (*Sim).listPoolDesktops},
		{name: "ListDesktops", method: get, path: project + "/desktops", serve: (*Sim).listDesktops},
		{name: "ListDesktopsDetail", method: get, path: project + "/desktops/detail", serve: (*Sim).listDesktopsDetail},
		{name: "ListRunState", method: get, path: project + "/desktops/statistics/run-state", serve: (*Sim).runState},
		{name: "ListLoginState", method: get, path: project + "/desktops/statistics/login-state", serve: (*Sim).loginState},
		{name: "ShowDesktopDetail", method: get, path: project + "/desktops/{id}", serve: (*Sim).showDesktop},
		{name: "ListDesktopsStatistics", method: get, path: project + "/statistics", serve: (*Sim).statistics},
		{name: "ListProducts", method: get, path: project + "/products", serve: (*Sim).listProducts},
		{name: "ListImages", method: get, path: project + "/images", serve: (*Sim).listImages},
		{name: "ListAvailabilityZones", method: get, path: project + "/availability-zones", serve: (*Sim).listZones},
		{name: "ListVolumeProductInfo", method: get, path: project + "/volume/products", serve: (*Sim).listVolumeProducts},
		{name: "CreateDesktopPoolChangeOrder", method: post, path: project + "/desktop-pool/periodic/change/order", order: true, serve: (*Sim).createChangeOrder},
		{name: "EstimateDesktopPoolAddVolume", method: post, path: inquiry + "add-volume", serve: inquire(addVolume)},
		{name: "EstimateDesktopPoolExtendVolume", method: post, path: inquiry + "extend-volume", serve: inquire(extendVolume)},
		{name: "EstimateDesktopPoolResize", method: post, path: inquiry + "resize", serve: inquire(resize)},
		{name: "EstimateDesktopPoolChangeImage", method: post, path: inquiry + "change-image", serve: inquire(changeImage)},
		{name: "EstimateAddResources", method: post, path: project + "/periodic/inquiry/add-resources", serve: inquire(addSubResources)},
		{name: "EstimateChangeImages", method: post, path: project + "/periodic/inquiry/change-image", serve: inquire(changeImage)},
		{name: "ShowJob", method: get, path: project + "/workspace-jobs/{id}", serve: (*Sim).showJob},
		{name: "ListItaSubJobs", method: get, path: project + "/workspace-sub-jobs", serve: (*Sim).listSubJobs},
		{name: "CreateToken", method: post, path: "/v3/auth/tokens", service: iam, open: true, serve: (*Sim).createToken},
		{name: "ListProjects", method: get, path: "/v3/projects", service: iam, serve: (*Sim).listProjects},
		{name: "KeystoneListAuthDomains", method: get, path: "/v3/auth/domains", service: iam, serve: (*Sim).listAuthDomains},
		{name: "ListCustomerOrders", method: get, path: "/v2" + orders, service: bss, serve: (*Sim).listOrders},
		{name: "ShowCustomerOrderDetails", method: get, path: "/v2" + orders + "/details/{id}", service: bss, serve: (*Sim).showOrder},
		{name: "PayOrders", method: post, path: "/v3" + orders + "/pay", service: bss, serve: (*Sim).payOrder},
		{name: "CancelCustomerOrder", method: put, path: "/v2" + orders + "/cancel", service: bss, serve: (*Sim).cancelOrder},
	}
}

// route finds the operation of a request and the parameters in its path. An
// unknown path, or a wrong method, is the zero operation.
func route(r *http.Request) (operation, map[string]string) {
	for _, op := range operations() {
		if op.method == r.Method {
			if params, ok := match(op.path, r.URL.EscapedPath()); ok {
				return op, params
			}
		}
	}
	if strings.HasPrefix(r.URL.Path, "/v3/") {
		return operation{service: iam}, nil
	}
	return operation{}, nil
}

// match holds a path against a pattern of segments, of which {name} takes any.
func match(pattern, path string) (map[string]string, bool) {
	if strings.Count(pattern, "/") != strings.Count(path, "/") {
		return nil, false
	}
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	params := map[string]string{}
	for i, w := range want {
		value, err := url.PathUnescape(got[i])
		if err != nil {
			return nil, false
		}
		if name, ok := strings.CutPrefix(w, "{"); ok && value != "" {
			params[strings.TrimSuffix(name, "}")] = value
		} else if value != w {
			return nil, false
		}
	}
	return params, true
}
