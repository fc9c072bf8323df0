package alibabasim

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// image is what desktops are made from.
type image struct {
	id, name, kind string // kind is SYSTEM or CUSTOM
	status, os     string // Available, Creating or CreateFailed; Windows or Linux
	gpu            bool
	n              int // its place in the listing
}

// allImages are those of the service, which every account has, and those of the groups.
func allImages(groups []*group) map[string]image {
	list := []image{
		{id: "desktopimage-windows-server-2019-64-asp", name: "Windows Server 2019 64-bit", os: "Windows"},
		{id: "desktopimage-windows-server-2022-64-asp", name: "Windows Server 2022 64-bit", os: "Windows"},
		{id: "desktopimage-windows-server-2022-gpu", name: "Windows Server 2022 with GPU driver", os: "Windows", gpu: true},
		{id: "desktopimage-ubuntu-2004-hdx", name: "Ubuntu 20.04", os: "Linux"},
		{id: "desktopimage-ubuntu-2404-asp", name: "Ubuntu 24.04", os: "Linux"},
		{id: "m-creating00000001", name: "next month's", kind: "CUSTOM", status: "Creating", os: "Windows"},
		{id: "m-createfailed0001", name: "last month's", kind: "CUSTOM", status: "CreateFailed", os: "Windows"},
	}
	for _, g := range groups {
		id, name := g.image()
		list = append(list, image{id: id, name: name, kind: "CUSTOM", os: g.os(), gpu: g.gpu()})
	}
	images := make(map[string]image, len(list))
	for n, i := range list {
		i.n, i.kind, i.status = n, cmp.Or(i.kind, "SYSTEM"), cmp.Or(i.status, "Available")
		images[i.id] = i
	}
	return images
}

// imageRow is an image in DescribeImages.
type imageRow struct {
	ImageID      string `json:"ImageId"`
	Name         string
	ImageType    string
	Status       string
	OsType       string // in capitals for the service's own, as in the vendor's sample
	Platform     string
	Size         int // GiB
	DataDiskSize int
	GpuCategory  bool
	SessionType  string
	CreationTime string
	UpdateTime   string
	Progress     string
	Description  *string `json:",omitempty"`
}

func (i image) row() imageRow {
	r := imageRow{
		ImageID: i.id, Name: i.name, ImageType: i.kind, Status: i.status, OsType: i.os, Platform: platform(i.os), Size: 80,
		GpuCategory: i.gpu, SessionType: pick(i.n, "SINGLE_SESSION", "MULTIPLE_SESSION"), Progress: "100%",
		CreationTime: i.created().Format("2006-01-02T15:04:05.000Z"), UpdateTime: i.created().Add(time.Hour).Format("2006-01-02T15:04:05.000Z"),
		Description: pick(i.n, nil, new("")),
	}
	switch {
	case i.kind == "SYSTEM":
		r.OsType = strings.ToUpper(i.os)
	case i.status == "Creating":
		r.Progress = "40%"
	}
	return r
}

func (i image) created() time.Time {
	return epoch().AddDate(0, -2, -i.n).Add(851 * time.Millisecond)
}

// imageFilter is the filters of DescribeImages.
type imageFilter struct {
	ids                                    []string
	kind, status, os, gpu, session, fitFor string
}

func (f imageFilter) matches(i image) bool {
	row := i.row()
	return in(f.ids, i.id) && is(f.kind, i.kind) && is(f.status, i.status) && (f.os == "" || strings.EqualFold(f.os, i.os)) &&
		(f.gpu == "" || (f.gpu == "true") == i.gpu) && is(f.session, row.SessionType) &&
		(f.fitFor == "" || findProduct(f.fitFor).gpu == i.gpu)
}

type imagesAnswer struct {
	RequestID string     `json:"RequestId"`
	NextToken *string    `json:"NextToken,omitempty"`
	Images    []imageRow `json:"Images"`
}

func (s *Sim) describeImages(p *params) any {
	f := imageFilter{
		ids: p.list("ImageId", 100), kind: p.word("ImageType", "SYSTEM", "CUSTOM"),
		status: p.word("ImageStatus", "Creating", "Available", "CreateFailed"), os: p.text("OsType"),
		gpu: p.word("GpuCategory", "true", "false"), session: p.text("SessionType"), fitFor: p.text("DesktopInstanceType"),
	}
	size := p.pageSize(500)
	query, at, ended := s.start(p, "DescribeImages", f)
	answer := imagesAnswer{RequestID: p.requestID, Images: []imageRow{}}
	next, more := position{}, false
	for _, i := range slices.SortedFunc(maps.Values(s.c.World.images), func(a, b image) int { return a.n - b.n }) {
		if ended || more || i.n < int(at.a) || p.elsewhere && i.kind == "CUSTOM" || !f.matches(i) {
			continue
		}
		if len(answer.Images) == size {
			next, more = position{a: uint32(i.n)}, true
			continue
		}
		answer.Images = append(answer.Images, i.row())
	}
	answer.NextToken = s.next(query, next, more)
	return answer
}
