package jsapi_test

import (
	"context"
	"io"
	"testing"
	"time"

	"hedge/httpmsg"
	"hedge/jsapi/jsapitest"
)

// properties are functions that take hostile text or bytes, and return what is wrong
// with what the runtime makes of it: "" for nothing.
const properties = `
const same = (a, b, what) => a === b ? "" : what + ": " + JSON.stringify([a, b]);
const text = (bytes) => new TextDecoder().decode(bytes);
const boundary = "multipart/form-data; boundary=b";
const form = (body) => new Response(body, { headers: { "content-type": boundary } }).formData();
const list = async (form) => JSON.stringify(await Promise.all([...form].map(async ([name, value]) => [name, typeof value === "string" ? value : [value.name, value.type, [...await value.bytes()]]])));
const properties = {
	url(bytes) {
		const [input, base] = text(bytes).split("\n", 2);
		const url = URL.parse(input, base || undefined);
		const trimmed = URL.parse(" " + input, base || undefined); // which no short way is taken for
		if (url?.href !== trimmed?.href) return url + " or " + trimmed + ": the ways to parse disagree";
		if (url === null) return URL.canParse(input, base || undefined) ? "canParse says otherwise" : "";
		for (const part of ["protocol", "username", "host", "port", "pathname", "search", "hash"]) {
			const copy = new URL(url);
			copy[part] = input;
			new URL(copy.href);
		}
		return same(new URL(url.href).href, url.href, "a serialization is parsed otherwise");
	},
	headers(bytes) {
		const input = String.fromCharCode(...bytes);
		const at = input.indexOf(":");
		try {
			const headers = new Headers([[input.slice(0, at), input.slice(at + 1)]]);
			const [[name, value]] = [...headers];
			return same(new Headers([[name, value]]).get(name), value, "a value is not its own normal form") || (/[\r\n\0]/.test(name + value) ? "a field has a line break" : "");
		} catch (error) {
			return error instanceof TypeError ? "" : String(error);
		}
	},
	async multipart(bytes) {
		let read;
		try {
			read = await form(bytes);
		} catch (error) {
			return error instanceof TypeError ? "" : String(error);
		}
		const written = await new Response(read).formData();
		return same(await list(written), await list(await new Response(written).formData()), "a form is written otherwise");
	},
	decode(bytes) {
		for (const label of ["utf-8", "utf-16le", "big5", "euc-jp", "euc-kr", "gb18030", "iso-2022-jp", "shift_jis"]) {
			const decoder = new TextDecoder(label), half = bytes.length >> 1;
			const parts = decoder.decode(bytes.subarray(0, half), { stream: true }) + decoder.decode(bytes.subarray(half));
			const wrong = same(parts, decoder.decode(bytes), label);
			if (wrong) return wrong;
		}
		return "";
	},
};
`

// fuzzProperty has the runtime look at a property of every input.
func fuzzProperty(f *testing.F, property string) {
	f.Helper()
	fixture := jsapitest.New(f)
	fixture.Limits.CPU = 5 * time.Second
	app := fixture.Start().App(properties + jsapitest.Handler(`
		return new Response(await properties[new URL(request.url).pathname.slice(1)](await request.bytes()));`))
	f.Fuzz(func(t *testing.T, input []byte) {
		req := jsapitest.Post("/"+property, "")
		req.Body, req.ContentLength = httpmsg.NewBytesBody(input), int64(len(input))
		res, err := app.RoundTrip(context.Background(), req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.CloseBody()
		wrong, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		if len(wrong) > 0 {
			t.Errorf("%q: %s", input, wrong)
		}
	})
}

// A URL is null or its own normal form, whatever is set.
func FuzzURL(f *testing.F) {
	for _, seed := range []string{"https://user:pass@EXAMPLE.com:443/a/../b?c#d", "../x\nfile:///C|/a/b", "//[::1%25]\nws://h", "a:b  ?c#d", "http://0x7f.1/", "http://xn--a\u00ad/%2e%2E"} {
		f.Add([]byte(seed))
	}
	fuzzProperty(f, "url")
}

// A field that is taken has nothing in it that could end it.
func FuzzHeaders(f *testing.F) {
	for _, seed := range []string{"a: b", "a:\tb\r\n", "a: b\r\nc: d", "\x00:", "set-cookie:\xff"} {
		f.Add([]byte(seed))
	}
	fuzzProperty(f, "headers")
}

// A form that has been written is the same when it is written again. At first it need not
// be: a file gets a type, and line breaks become those of the network.
func FuzzMultipart(f *testing.F) {
	for _, seed := range []string{
		"--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nvalue\r\n--b--\r\n",
		"--b\r\nContent-Disposition: form-data; name=\"a\"; filename=\"f%22\"\r\nContent-Type: text/plain\r\n\r\n\x00\xff\r\n--b--",
		"--b--", "--b\r\n\r\n--b--",
		"--b\r\nContent-Disposition: form-data; name=\"\"; filename=\"\"\r\nContent-Type:\r\n\r\n--b--",
		"--b\r\nContent-Disposition: form-data; name=\"\"\r\n\r\n\r\r\n--b--",
	} {
		f.Add([]byte(seed))
	}
	fuzzProperty(f, "multipart")
}

// A text is the same however it is cut.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{"\x1b$B0!\x1b(B", "\x81\x30\x81\x30\x81", "\x8f\xb0\xa1\x8e", "\xf0\x9f\x98\x80\xf0\x9f", "\xa4\x40\x88\x62"} {
		f.Add([]byte(seed))
	}
	fuzzProperty(f, "decode")
}
