package admin

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCalls(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run", "8080.sock")
	ln, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	methods := map[string]Method{
		"echo": func(params json.RawMessage) (any, error) { return params, nil },
		"fail": func(json.RawMessage) (any, error) { return nil, errors.New("it does not work") },
	}
	go func() { // until the listener is closed
		for conn, err := ln.Accept(); err == nil; conn, err = ln.Accept() {
			go Serve(conn, methods, func(conn net.Conn) {
				defer conn.Close()
				_, _ = io.Copy(conn, conn)
			})
		}
	}()
	for file, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s has the mode %v (%v), want %v", file, info.Mode(), err, want)
		}
	}
	if got, err := Call(path, "echo", map[string]int{"a": 1}); err != nil || string(got) != `{"a":1}` {
		t.Errorf("got %s, %v", got, err)
	}
	for method, want := range map[string]string{"fail": "it does not work", "none": `no method "none"`} {
		if _, err := Call(path, method, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", method, err, want)
		}
	}
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	got := make([]byte, len("GET /"))
	if _, err = io.WriteString(conn, "GET /"); err == nil {
		_, err = io.ReadFull(conn, got)
	}
	if err != nil || string(got) != "GET /" {
		t.Errorf("somebody else got %q, %v", got, err)
	}
	if _, err := Listen(path); err == nil || !strings.Contains(err.Error(), "another server") {
		t.Errorf("a socket that is in use: %v", err)
	}
}

func TestStaleSocketIsReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "8080.sock")
	old, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	old.(*net.UnixListener).SetUnlinkOnClose(false)
	_ = old.Close()
	ln, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	_ = ln.Close()
	file := filepath.Join(t.TempDir(), "file.sock")
	if err := os.WriteFile(file, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(file); err == nil {
		t.Error("a file that is no socket was replaced")
	}
}
