package credential_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"hedge/credential"
)

// What has no end, or waits for somebody, is not read.
func TestReadRegularFilesOnly(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	if err := errors.Join(
		os.WriteFile(in("good"), bytes.Repeat([]byte("#"), 1<<20), 0o600), os.Symlink("good", in("link")),
		os.WriteFile(in("long"), bytes.Repeat([]byte("#"), 1<<20+1), 0o600),
		syscall.Mkfifo(in("pipe"), 0o600), os.Symlink("/dev/zero", in("device")),
	); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"good": "", "link": "", "long": "more than 1 MiB", "pipe": "not a regular file", "device": "not a regular file", ".": "not a regular file", "none": "no such file",
	} {
		content, err := credential.ReadPEM(in(name))
		switch {
		case want == "" && (err != nil || len(content) != 1<<20):
			t.Errorf("%s: %d bytes, %v", name, len(content), err)
		case want != "" && (err == nil || !strings.HasPrefix(err.Error(), in(name)+": ") || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
}

// Decoders pass over what is no whole block, so that the rest would be taken for all.
func TestReadWholePEMOnly(t *testing.T) {
	const block = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
	file := filepath.Join(t.TempDir(), "chain.pem")
	for content, whole := range map[string]bool{
		"":            true,
		block + block: true,
		"subject: leaf\n" + block + "\n# CA\n" + strings.ReplaceAll(block, "\n", "\r\n"): true,
		block + block[:40]:                      false,
		block + block[:len(block)-3]:            false,
		block[:40] + "\n" + block:               false,
		strings.TrimSuffix(block, "\n") + block: false, // two files put together without a line end between
	} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := credential.ReadPEM(file); (err == nil) != whole || err != nil && !strings.Contains(err.Error(), "cut or damaged") {
			t.Errorf("%q: %v", content, err)
		}
	}
}
