package ledger

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"slices"
)

// The format of a bbolt file, version 2: pages with a header, of which the
// first two are the roots of the newest two versions.
const (
	headerSize  = 16 // id 8, flags 2, count 2, overflow 4
	elementSize = 16
	metaSize    = 64
	magic       = 0xED0CDAED
	format      = 2

	branchPage   = 0x01
	leafPage     = 0x02
	freelistPage = 0x10
	bucketFlag   = 0x01

	deepest = 32 // levels of a tree; with two keys a page that is more than any file has
)

var (
	native     = binary.NativeEndian
	errMeta    = errors.New("a root page is damaged")
	errCut     = errors.New("pages are missing at its end")
	errPage    = errors.New("a page is not what it should be")
	errOrder   = errors.New("keys are out of order")
	errSum     = errors.New("its orders are not those that were kept")
	errForeign = errors.New("it is not a file of this program")
)

// contents is what a file holds.
type contents struct {
	id      string
	version uint64 // counts the commits
	orders  int
}

// verifier reads a file without trusting it: bbolt trusts it, and a damaged
// page would make it panic, loop for ever, or find no order where there is one.
type verifier struct {
	f        io.ReaderAt
	pageSize uint64
	high     uint64   // pages there are
	seen     []uint64 // a bit for each page
	version  uint64
}

// page is one page with its overflow.
type page struct {
	flags, count uint16
	data         []byte // with its header
}

// verify reads all of a file. Its error is a trouble.
func verify(f io.ReaderAt, size int64) (contents, error) {
	v := &verifier{f: f}
	root, free, err := v.roots(uint64(size)) //nolint:gosec // it is never negative
	if err == nil {
		err = v.freelist(free)
	}
	if err != nil {
		return contents{}, &trouble{damaged, err}
	}
	held := map[string]*rows{}
	err = v.tree(root, func(name, value []byte, bucket bool) error {
		if !bucket || len(value) < headerSize {
			return errForeign
		}
		r := &rows{settings: map[string]string{}}
		held[string(name)] = r
		return v.bucket(value, r.of(string(name)))
	})
	if err != nil {
		return contents{}, &trouble{damaged, err}
	}
	return judge(held, v.version)
}

// roots reads both root pages and returns the newest tree and list of free
// pages. Both must be good: with only the older one, orders would be missing.
func (v *verifier) roots(size uint64) (root, free uint64, err error) {
	at := int64(0)
	for n := range uint64(2) {
		var b [headerSize + metaSize]byte
		if _, err := v.f.ReadAt(b[:], at); err != nil {
			return 0, 0, fmt.Errorf("%w: %w", errMeta, err)
		}
		meta := b[headerSize:]
		sum := fnv.New64a()
		_, _ = sum.Write(meta[:56])
		pageSize := uint64(native.Uint32(meta[8:]))
		good := native.Uint32(meta) == magic && native.Uint32(meta[4:]) == format && native.Uint64(meta[56:]) == sum.Sum64() &&
			pageSize >= 1<<10 && pageSize <= 1<<16 && (n == 0 || pageSize == v.pageSize)
		if !good {
			return 0, 0, errMeta
		}
		v.pageSize, at = pageSize, int64(pageSize) //nolint:gosec // it is small
		if version := native.Uint64(meta[48:]); n == 0 || version > v.version {
			root, free, v.high, v.version = native.Uint64(meta[16:]), native.Uint64(meta[32:]), native.Uint64(meta[40:]), version
		}
	}
	if v.high > size/v.pageSize {
		return 0, 0, errCut
	}
	v.seen = make([]uint64, v.high/64+1)
	return root, free, nil
}

// page reads a page that was not read before.
func (v *verifier) page(id uint64) (page, error) {
	var header [headerSize]byte
	if id < 2 || id >= v.high {
		return page{}, errPage
	}
	at := int64(id * v.pageSize) //nolint:gosec // it is inside the file
	if _, err := v.f.ReadAt(header[:], at); err != nil {
		return page{}, err
	}
	more := uint64(native.Uint32(header[12:]))
	if native.Uint64(header[:]) != id || id+more >= v.high {
		return page{}, errPage
	}
	for i := id; i <= id+more; i++ {
		if !v.first(i) {
			return page{}, errPage
		}
	}
	data := make([]byte, (more+1)*v.pageSize)
	if _, err := v.f.ReadAt(data, at); err != nil {
		return page{}, err
	}
	return page{flags: native.Uint16(data[8:]), count: native.Uint16(data[10:]), data: data}, nil
}

// first tells whether page id is met for the first time.
func (v *verifier) first(id uint64) bool {
	word, bit := &v.seen[id/64], uint64(1)<<(id%64)
	met := *word&bit != 0
	*word |= bit
	return !met
}

// freelist reads the list of free pages, which nothing else may use.
func (v *verifier) freelist(id uint64) error {
	p, err := v.page(id)
	if err != nil {
		return err
	}
	list, count := p.data[headerSize:], uint64(p.count)
	if p.count == 0xFFFF { // more than fits there
		count, list = native.Uint64(list), list[8:]
	}
	if p.flags != freelistPage || count > uint64(len(list))/8 {
		return errPage
	}
	for i := range count {
		free := native.Uint64(list[i*8:])
		if free < 2 || free >= v.high || !v.first(free) {
			return errPage
		}
	}
	return nil
}

// visit is given each key of a tree and its value.
type visit func(key, value []byte, bucket bool) error

// bucket walks the bucket that is described by value, where small ones are whole.
func (v *verifier) bucket(value []byte, to visit) error {
	if root := native.Uint64(value); root != 0 {
		return v.tree(root, to)
	}
	data := slices.Clone(value[headerSize:])
	if len(data) < headerSize {
		return errPage
	}
	w := walk{v: v, visit: to}
	return w.page(page{flags: native.Uint16(data[8:]), count: native.Uint16(data[10:]), data: data}, nil, deepest)
}

func (v *verifier) tree(root uint64, to visit) error {
	p, err := v.page(root)
	if err != nil {
		return err
	}
	w := walk{v: v, visit: to}
	return w.page(p, nil, 0)
}

// walk goes through one tree in the order of its keys.
type walk struct {
	v     *verifier
	visit visit
	last  []byte // the key before; nil at first
}

// page walks one page, whose keys are not below lowest.
func (w *walk) page(p page, lowest []byte, level int) error {
	if uint64(p.count)*elementSize+headerSize > uint64(len(p.data)) {
		return errPage
	}
	for i := range int(p.count) {
		e := p.data[headerSize+i*elementSize:]
		var err error
		switch {
		case p.flags == leafPage:
			err = w.leaf(e, lowest)
		case p.flags == branchPage && level < deepest:
			err = w.branch(e, level)
		default:
			err = errPage
		}
		if err != nil {
			return err
		}
	}
	if p.flags != leafPage && (p.flags != branchPage || p.count == 0) {
		return errPage
	}
	return nil
}

func (w *walk) leaf(e, lowest []byte) error {
	at, key, value := uint64(native.Uint32(e[4:])), uint64(native.Uint32(e[8:])), uint64(native.Uint32(e[12:]))
	if at+key+value > uint64(len(e)) {
		return errPage
	}
	k := e[at : at+key]
	if (w.last != nil && bytes.Compare(k, w.last) <= 0) || bytes.Compare(k, lowest) < 0 {
		return errOrder
	}
	w.last = k
	return w.visit(k, e[at+key:at+key+value], native.Uint32(e)&bucketFlag != 0)
}

func (w *walk) branch(e []byte, level int) error {
	at, key := uint64(native.Uint32(e)), uint64(native.Uint32(e[4:]))
	if at+key > uint64(len(e)) {
		return errPage
	}
	k := e[at : at+key]
	if w.last != nil && bytes.Compare(k, w.last) <= 0 {
		return errOrder
	}
	p, err := w.v.page(native.Uint64(e[8:]))
	if err != nil {
		return err
	}
	return w.page(p, k, level+1)
}
