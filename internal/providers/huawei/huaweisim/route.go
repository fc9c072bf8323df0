package huaweisim

import (
	"net/http"
	"net/url"
	"strings"
)

// operation is one API, by Huawei's name for it.
type operation struct {
	name, method, path string
	iam                bool // of IAM, not Workspace
	open               bool // needs no authentication
	serve              func(*Sim, *call) (reply, *failure)
}

// operations are all APIs; the first whose path matches is taken.
func operations() []operation {
	const get, project = http.MethodGet, "/v2/{project_id}"
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
		{name: "CreateToken", method: http.MethodPost, path: "/v3/auth/tokens", iam: true, open: true, serve: (*Sim).createToken},
		{name: "ListProjects", method: get, path: "/v3/projects", iam: true, serve: (*Sim).listProjects},
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
	return operation{iam: strings.HasPrefix(r.URL.Path, "/v3/")}, nil
}

// match holds a path against a pattern of segments, of which {name} takes any.
func match(pattern, path string) (map[string]string, bool) {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return nil, false
	}
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
