package bench_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
)

// origin answers GET requests with bytes that it has ready: /length/N with N bytes,
// /cached/N as well, for caches, with any query, and /chunked/N with N bytes, a multiple of blockData, in chunks (RFC 9112 §7.1). It runs in a
// process of its own, on the driver's core.
type origin struct {
	block []byte // a chunk of data in its frame; data alone is block[blockHead:][:blockData]
}

const (
	blockData = 256 << 10
	blockHead = len("40000\r\n")
)

// startOrigin starts an origin that ends with the benchmark, and returns its URL.
func (s *stage) startOrigin() string {
	s.Helper()
	return "http://" + s.startOn("origin", s.driverCore).addr
}

// serveOrigin serves until the listener is closed.
func serveOrigin(ln net.Listener) error {
	o := &origin{fmt.Appendf(nil, "%x\r\n%s\r\n", blockData, strings.Repeat("x", blockData))}
	for {
		conn, err := ln.Accept()
		if err != nil {
			return err
		}
		go o.serve(conn) // ends with the connection
	}
}

// serve answers one request after another. An error ends the connection, which the
// driver gets to know from the server.
func (o *origin) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	in := bufio.NewReader(conn)
	for {
		path, err := readHead(in)
		if err == nil {
			err = o.answer(conn, path)
		}
		if err != nil {
			return
		}
	}
}

// readHead reads the head of a request and returns its path.
func readHead(in *bufio.Reader) (string, error) {
	first, err := in.ReadString('\n')
	if err != nil {
		return "", err
	}
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return "", err
		}
		if len(line) <= len("\r\n") {
			_, rest, _ := strings.Cut(first, " ")
			path, _, _ := strings.Cut(rest, " ")
			return path, nil
		}
	}
}

func (o *origin) answer(out io.Writer, path string) error {
	path, _, _ = strings.Cut(path, "?")
	kind, number, _ := strings.Cut(path[1:], "/")
	size, err := strconv.Atoi(number)
	if err != nil {
		return err
	}
	data, framing, end := o.block[blockHead:][:blockData], "Content-Length: "+number, ""
	if kind == "chunked" {
		data, framing, end = o.block, "Transfer-Encoding: chunked", "0\r\n\r\n"
	}
	if kind == "cached" {
		framing += "\r\nCache-Control: max-age=86400"
	}
	head := "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n" + framing + "\r\n\r\n"
	if size < blockData && kind != "chunked" {
		_, err := io.WriteString(out, head+string(data[:size]))
		return err
	}
	if _, err := io.WriteString(out, head); err != nil {
		return err
	}
	for range size / blockData {
		if _, err := out.Write(data); err != nil {
			return err
		}
	}
	_, err = io.WriteString(out, end)
	return err
}
