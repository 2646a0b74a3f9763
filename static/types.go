package static

import (
	"strings"

	"hedge/httpmsg"
)

// typeOf returns the media type of a file by its extension. It is a table of our own,
// so that an answer does not depend on what is installed on a machine.
func typeOf(name string) string {
	dot := strings.LastIndexByte(name, '.')
	if dot < strings.LastIndexByte(name, '/')+1 {
		return "application/octet-stream"
	}
	switch httpmsg.Lower(name[dot+1:]) {
	case "html", "htm":
		return "text/html; charset=utf-8"
	case "css":
		return "text/css; charset=utf-8"
	case "js", "mjs":
		return "text/javascript; charset=utf-8" // RFC 9239
	case "json", "map":
		return "application/json"
	case "webmanifest":
		return "application/manifest+json"
	case "txt", "text", "log":
		return "text/plain; charset=utf-8"
	case "md":
		return "text/markdown; charset=utf-8"
	case "csv":
		return "text/csv; charset=utf-8"
	case "xml":
		return "text/xml; charset=utf-8"
	case "atom":
		return "application/atom+xml"
	case "rss":
		return "application/rss+xml"
	case "vtt":
		return "text/vtt; charset=utf-8"
	case "wasm":
		return "application/wasm"
	case "pdf":
		return "application/pdf"
	case "zip":
		return "application/zip"
	case "gz":
		return "application/gzip"
	case "zst":
		return "application/zstd"
	}
	return mediaTypeOf(httpmsg.Lower(name[dot+1:]))
}

// mediaTypeOf returns the type of pictures, fonts, sound and film.
func mediaTypeOf(extension string) string {
	switch extension {
	case "svg":
		return "image/svg+xml"
	case "png", "gif", "webp", "avif", "bmp", "apng", "jxl":
		return "image/" + extension
	case "jpg", "jpeg":
		return "image/jpeg"
	case "ico":
		return "image/vnd.microsoft.icon"
	case "woff", "woff2", "ttf", "otf":
		return "font/" + extension
	case "mp4", "webm":
		return "video/" + extension
	case "mov":
		return "video/quicktime"
	case "mp3":
		return "audio/mpeg"
	case "wav", "ogg", "flac", "aac":
		return "audio/" + extension
	case "m4a":
		return "audio/mp4"
	}
	return "application/octet-stream"
}
