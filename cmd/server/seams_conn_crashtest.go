//go:build crashtest

package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"syscall"
)

// dial opens a connection, and watches it if it is the order's.
func (c *crash) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if !c.placing.Load() {
		return (&net.Dialer{}).DialContext(ctx, network, addr)
	}
	c.at("dial.before")
	conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	c.at("dial.after")
	return &crashConn{Conn: conn, crash: c}, nil
}

// crashConn is the connection of an order. One goroutine reads it, and one writes it.
type crashConn struct {
	net.Conn
	crash          *crash
	sent, received []byte
	writing        sync.Mutex // held while the end may be on the way: no answer is read then
}

// Write writes p, in two parts if the process is to end between them.
func (c *crashConn) Write(p []byte) (n int, err error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	if len(c.sent) == 0 {
		c.crash.at("write.before")
	}
	if c.crash.point == "write.half" {
		if n, err = c.Conn.Write(p[:len(p)/2]); err != nil {
			return n, err
		}
		c.crash.at("write.half")
	}
	m, err := c.Conn.Write(p[n:])
	n += m
	if c.sent = append(c.sent, p[:n]...); wholeRequest(c.sent) {
		c.crash.at("write.after")
	}
	return n, err
}

// Read reads into p, at first one byte only.
func (c *crashConn) Read(p []byte) (n int, err error) {
	if len(c.received) > 0 || len(p) == 0 {
		n, err = c.Conn.Read(p)
	} else {
		c.await()
		c.writing.Lock()
		c.crash.at("read.before")
		c.writing.Unlock()
		if n, err = c.Conn.Read(p[:1]); n > 0 {
			c.crash.at("read.first")
		}
	}
	if c.received = append(c.received, p[:n]...); wholeAnswer(c.received) {
		c.crash.at("read.after")
	}
	return n, err
}

// await returns when there is something to read, and reads none of it.
func (c *crashConn) await() {
	raw, err := c.Conn.(syscall.Conn).SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Read(func(fd uintptr) bool {
		_, _, err := syscall.Recvfrom(int(fd), make([]byte, 1), syscall.MSG_PEEK)
		return !errors.Is(err, syscall.EAGAIN)
	})
}

func wholeRequest(b []byte) bool {
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(b)))
	return err == nil && ends(r.Body)
}

func wholeAnswer(b []byte) bool {
	r, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(b)), nil)
	if err != nil {
		return false
	}
	defer func() { _ = r.Body.Close() }() // it is in memory
	return ends(r.Body)
}

// ends tells whether a body comes to its end.
func ends(body io.Reader) bool {
	_, err := io.Copy(io.Discard, body)
	return err == nil
}
