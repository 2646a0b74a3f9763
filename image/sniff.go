package image

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
)

// The formats that are read, by the names that they have everywhere here.
const (
	jpeg = "jpeg"
	png  = "png"
	webp = "webp"
	gif  = "gif"
	avif = "avif"
)

// sniff names the format of a file by how it begins, which is all that counts: what its
// name or Content-Type say may be wrong.
func sniff(file []byte) (string, error) {
	switch {
	case len(file) == 0:
		return "", fmt.Errorf("the file is empty")
	case bytes.HasPrefix(file, []byte("\xff\xd8\xff")):
		return jpeg, nil
	case bytes.HasPrefix(file, []byte("\x89PNG\r\n\x1a\n")):
		return png, nil
	case bytes.HasPrefix(file, []byte("GIF87a")), bytes.HasPrefix(file, []byte("GIF89a")):
		return gif, nil
	case len(file) >= 12 && string(file[:4]) == "RIFF" && string(file[8:12]) == "WEBP":
		return webp, nil
	case len(file) >= 12 && string(file[4:8]) == "ftyp" && (string(file[8:12]) == "avif" || string(file[8:12]) == "avis"):
		return avif, nil
	case isSVG(file):
		return "", fmt.Errorf("the file is an SVG, which is a program for a renderer and not decoded here; serve it as it is")
	}
	return "", fmt.Errorf("the file is no JPEG, PNG, WebP, GIF or AVIF")
}

// isSVG tells a file that is refused anyway from others, for the message: whoever has an
// SVG is to know why. A renderer takes it in UTF-16, and compressed, too.
func isSVG(file []byte) bool {
	head := beginning(file)
	head = bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))        // UTF-8
	head = bytes.TrimLeft(head, "\xff\xfe")                      // UTF-16
	head = bytes.ToLower(bytes.ReplaceAll(head, []byte{0}, nil)) // letters of UTF-16 without their zeros
	head = bytes.TrimSpace(head)
	for _, mark := range []string{"<?xml", "<!doctype svg", "<!entity", "<svg"} {
		if bytes.HasPrefix(head, []byte("<")) && bytes.Contains(head, []byte(mark)) {
			return true
		}
	}
	return false
}

// beginning is the first KiB of a file, of what is in it if it is compressed.
func beginning(file []byte) []byte {
	const most = 1024
	if !bytes.HasPrefix(file, []byte("\x1f\x8b")) {
		return file[:min(len(file), most)]
	}
	content, err := gzip.NewReader(bytes.NewReader(file))
	if err != nil {
		return nil
	}
	head, _ := io.ReadAll(io.LimitReader(content, most)) // what there is of a damaged one
	return head
}
