package image_test

import (
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"hedge"
	"hedge/child"
	"hedge/httpmsg"
	"hedge/image"
	"hedge/image/imagetest"
	"hedge/jsapi"
	"hedge/jsapi/jsapitest"
	"hedge/worker"
)

func TestMain(m *testing.M) {
	pictures, serveImages := image.WorkerRole()
	cordon, serveCordon := worker.CordonRole(jsapi.Script)
	if code, ok := child.Main(os.Args, map[string]child.Role{pictures: serveImages, cordon: serveCordon}); ok {
		os.Exit(code)
	}
	os.Exit(jsapitest.Main(m))
}

func pool(t *testing.T) *image.Pool {
	p := image.NewPool(image.Config{Library: imagetest.Library(t), Workers: 1})
	t.Cleanup(p.Close)
	return p
}

const imports = `import { Image } from "hedge:image";` + "\n"

// ask has an app answer a request that has the picture as its content.
func ask(t *testing.T, f *jsapitest.Fixture, body string, file []byte) (*httpmsg.Response, string, hedge.Outcome) {
	t.Helper()
	app := f.App(imports + jsapitest.Handler(body))
	defer app.Close()
	req := jsapitest.Request("POST", "/")
	req.Body, req.ContentLength = httpmsg.NewBytesBody(file), int64(len(file))
	res, err := app.RoundTrip(t.Context(), req)
	if err != nil {
		return &httpmsg.Response{}, err.Error(), hedge.OutcomeOf(err)
	}
	defer res.CloseBody()
	content, err := io.ReadAll(res.Body)
	return res, string(content), hedge.OutcomeOf(err)
}

func TestImage(t *testing.T) {
	f := jsapitest.New(t)
	f.Images = pool(t)
	f.Start()
	file := imagetest.PNG(t, imagetest.Quarters(80, 60))
	for name, c := range map[string]struct {
		body          string
		kind          string
		width, height int
	}{
		"bytes":     {`return new Image(await request.arrayBuffer()).resize({ width: 40 }).png().toResponse();`, "image/png", 40, 30},
		"a stream":  {`return new Image(request.body).resize({ width: 40 }).png().toResponse();`, "image/png", 40, 30},
		"an answer": {`return new Image(new Response(request.body)).resize({ width: 40, height: 30 }).jpeg({ quality: 90 }).toResponse();`, "image/jpeg", 40, 30},
		"a blob":    {`return new Image(await request.blob()).resize({ width: 40 }).webp({ lossless: true }).toResponse();`, "image/webp", 40, 30},
		"auto":      {`return new Image(request.body).resize({ width: 40 }).auto().toResponse({ accept: "image/avif;q=0, image/webp, */*" });`, "image/webp", 40, 30},
		"auto, old": {`return new Image(request.body).resize({ width: 40 }).auto().toResponse({ accept: "*/*" });`, "image/jpeg", 40, 30},
		"itself": {`const image = new Image(await request.arrayBuffer());
			return image.resize({ width: 40 }).overlay(image.resize({ width: 4 }), { left: 0, top: 0 }).png().toResponse();`, "image/png", 40, 30},
		"as it is": {`return new Image(await request.arrayBuffer()).toResponse();`, "image/png", 80, 60},
		"bytes out": {`const bytes = await new Image(request.body).resize({ width: 40 }).png().toBytes();
			return new Response(bytes, { headers: { "content-type": "image/png" } });`, "image/png", 40, 30},
		"nothing seen": {`return new Image(request.body).resize({ width: 40, background: "#fff" }).brightness(1).saturation(1).flip().flip().flatten().png().toResponse();`, "image/png", 40, 30},
	} {
		t.Run(name, func(t *testing.T) {
			res, body, outcome := ask(t, f, c.body, file)
			if outcome != hedge.OutcomeOK || res.Header.Get("Content-Type") != c.kind {
				t.Fatalf("%s, %s: %.300s", outcome, res.Header.Get("Content-Type"), body)
			}
			if strings.HasPrefix(name, "auto") && res.Header.Get("Vary") != "Accept" {
				t.Errorf("Vary is %q", res.Header.Get("Vary"))
			}
			if d := imagetest.Difference(imagetest.Decode(t, []byte(body)), imagetest.Quarters(c.width, c.height)); d > 20 {
				t.Errorf("the picture differs by %.1f", d)
			}
		})
	}
}

func TestAnswers(t *testing.T) {
	f := jsapitest.New(t)
	f.Images = pool(t)
	f.Start()
	res, body, _ := ask(t, f, `const image = new Image(request.body);
		const { width, height, format, bytes } = await image.metadata();
		const first = await image.blurhash({ x: 1, y: 1 });
		return Response.json({ width, height, format, bytes, first: first.length, color: await image.resize({ width: 20 }).crop({ width: 5, height: 5, gravity: "northwest" }).dominantColor() });`,
		imagetest.PNG(t, imagetest.Quarters(80, 60)))
	want := fmt.Sprintf(`{"width":80,"height":60,"format":"png","bytes":%d,"first":6,"color":"#dc1e1e"}`, len(imagetest.PNG(t, imagetest.Quarters(80, 60))))
	if body != want {
		t.Errorf("%d: got %s, want %s", res.Status, body, want)
	}
}

// Who asks several things at once has the picture read once for all of them.
func TestAnswersAtOnce(t *testing.T) {
	f := jsapitest.New(t)
	f.Images = pool(t)
	f.Start()
	res, body, _ := ask(t, f, `const image = new Image(request.body);
		const [{ width }, hash, color, bytes] = await Promise.all([image.metadata(), image.blurhash({ x: 1, y: 1 }), image.dominantColor(), image.png().toBytes()]);
		return Response.json([width, hash.length, color.length, bytes.length > 0]);`,
		imagetest.PNG(t, imagetest.Quarters(80, 60)))
	if want := "[80,6,7,true]"; body != want {
		t.Errorf("%d: got %s, want %s", res.Status, body, want)
	}
}

// What cannot be done is an exception that says what, and where.
func TestErrors(t *testing.T) {
	f := jsapitest.New(t)
	f.Images = pool(t)
	f.Start()
	file := imagetest.PNG(t, imagetest.Quarters(8, 8))
	for code, says := range map[string]string{
		`new Image(await request.arrayBuffer()).resize({ widht: 5 }).toBytes()`:  "TypeError: image: the job is not understood",
		`new Image(await request.arrayBuffer()).resize({ width: -5 }).toBytes()`: "TypeError: image: step 1, resize: width: -5 is not from 0 to 65535",
		`new Image(await request.arrayBuffer()).blur("much").toBytes()`:          "TypeError: image: the job is not understood",
		`new Image(new Uint8Array(0)).toBytes()`:                                 "TypeError: image: the file is empty",
		`new Image(new TextEncoder().encode("<svg/>")).toBytes()`:                "TypeError: image: the file is an SVG",
		`new Image(new Response("not found", { status: 404 })).toBytes()`:        "; it is from a response with the status 404",
		`new Image("text")`:             "TypeError: An Image is made of bytes",
		`new Image()`:                   "TypeError: Image: 1 argument required",
		`Image.prototype.trim.call({})`: "TypeError: Receiver",
		`(async () => { const i = new Image(request.body); await i.toBytes(); await i.toBytes(); })()`: "TypeError: The picture's stream was read before",
		`new Image(await request.arrayBuffer()).background("red").toBytes()`:                           `"red" is no color`,
	} {
		_, body, _ := ask(t, f, `try { await (`+code+`); return new Response("nothing"); } catch (e) { return new Response(e.name + ": " + e.message); }`, file)
		if !strings.Contains(body, says) {
			t.Errorf("%s: %s", code, body)
		}
	}
}

func TestWithoutWorkers(t *testing.T) {
	f := jsapitest.New(t).Start()
	_, body, _ := ask(t, f, `try { await new Image(new Uint8Array(1)).toBytes(); } catch (e) { return new Response(e.name); }`, nil)
	if body != "NotSupportedError" {
		t.Error(body)
	}
}
