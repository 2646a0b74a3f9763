package jsapi_test

import (
	"context"
	"testing"

	"hedge"
	"hedge/httpmsg"
	"hedge/jsapi/jsapitest"
)

// echo answers with what it was sent.
type echo struct{}

func (echo) RoundTrip(_ context.Context, req *httpmsg.Request) (*httpmsg.Response, error) {
	res := &httpmsg.Response{Status: 200, Body: req.Body, ContentLength: req.ContentLength}
	res.Header.Add("x-method", req.Method)
	res.Header.Add("x-sent", req.Header.Get("x-sent"))
	res.Header.Add("set-cookie", "a=1")
	res.Header.Add("set-cookie", "b=2")
	if req.Body == nil {
		res.Body, res.ContentLength = httpmsg.NewBytesBody([]byte("nothing")), 7
	}
	return res, nil
}

// spoil is what the poisons are made with.
const spoil = `
const { defineProperty, getOwnPropertyDescriptor, getPrototypeOf } = Object;
const { ownKeys } = Reflect;
/** Makes every method and getter of an object throw, but those to be left. */
function spoil(object, label, ...leave) {
  const left = { __proto__: null };
  for (let i = 0; i < leave.length; i++) left[leave[i]] = true;
  const keys = ownKeys(object);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    if (key === "constructor" || key === "prototype" || left[key]) continue;
    const property = getOwnPropertyDescriptor(object, key);
    if (!property.configurable) continue;
    const broken = () => { throw new Error("the runtime ran " + label + "." + String(key)); };
    if (property.get) property.get = broken;
    else if (typeof property.value === "function") property.value = broken;
    defineProperty(object, key, property);
  }
}
`

// exercise uses the platform in every way that needs no built-in of the language itself.
const exercise = `
import { mount } from "hedge:route";
const {
  AbortController, Blob, File, FormData, Headers, ReadableStream, Request, Response, TextDecoder, TextDecoderStream, TextEncoder,
  TransformStream, URL, URLSearchParams, Uint8Array, WritableStream, atob, btoa, console, crypto, fetch, performance, queueMicrotask,
  setInterval, setTimeout, clearInterval, structuredClone, Promise, EventTarget, Event,
} = globalThis;

const stream = (text) => new ReadableStream({ __proto__: null, start(c) { c.enqueue(new TextEncoder().encode(text)); c.close(); } });
const init = (more) => ({ __proto__: null, ...more });

let out = "";

async function useAll(request) {
  const say = (text) => { out += text + "\n"; };

  const url = new URL("/a b?x=1&x=2#f", request.url);
  url.searchParams.append("ü", "ä");
  url.searchParams.sort();
  say(url.href);
  say("" + new URLSearchParams("a=1&b=2"));

  const headers = new Headers(init({ "X-A": "1", b: "2" }));
  headers.append("x-a", "3");
  headers.forEach((value, name) => say(name + "=" + value));
  say(headers.get("X-A") + " " + request.headers.get("x-in"));

  const sent = await fetch("http://origin.example/", init({ method: "POST", body: stream("streamed"), duplex: "half", headers: new Headers(init({ "x-sent": "yes" })) }));
  say(sent.status + " " + sent.headers.get("x-method") + " " + sent.headers.get("x-sent") + " " + await sent.text());
  const plain = await fetch(new Request("http://origin.example/", init({ method: "PUT", body: "text" })));
  const copy = plain.clone();
  say((await plain.text()) + new Uint8Array(await copy.arrayBuffer()).length);
  say((await (await fetch("data:text/plain;base64,aGk=")).text()));

  const form = new FormData();
  form.append("k", "v");
  form.append("f", new File(partsOf("abc"), "n.txt", init({ type: "text/plain" })));
  const parsed = await new Response(form).formData();
  say(parsed.get("k") + " " + parsed.get("f").name + " " + await parsed.get("f").text());
  const posted = await new Request("http://a.example/", init({ method: "POST", body: new URLSearchParams("a=b+c") })).formData();
  say(posted.get("a"));
  say((await new Response(JSONText).json()).deep.value + " " + (await Response.json(init({ a: 1 })).text()));

  const upper = new TransformStream({ __proto__: null, transform(chunk, c) { c.enqueue(chunk + "!"); } });
  const reader = stream("piped").pipeThrough(new TextDecoderStream()).pipeThrough(upper).getReader();
  say((await reader.read()).value + (await reader.read()).done);
  let written = "";
  await stream("to").pipeTo(new WritableStream({ __proto__: null, write(chunk) { written += chunk.length; } }));
  say(written);
  for await (const chunk of stream("iterated")) say("" + chunk.length);

  const controller = new AbortController();
  controller.signal.addEventListener("abort", () => say("abort event"));
  const never = fetch("http://origin.example/", init({ signal: controller.signal }));
  controller.abort();
  try { await never; } catch (error) { say(error.name); }
  const target = new EventTarget();
  target.addEventListener("e", init({ handleEvent(e) { say(e.type); } }), init({ once: true }));
  target.dispatchEvent(new Event("e"));

  await new Promise((resolve) => setTimeout(resolve, 1));
  await new Promise((resolve) => { const id = setInterval(() => { clearInterval(id); resolve(); }, 1); });
  await new Promise((resolve) => queueMicrotask(resolve));
  say(atob(btoa("base64")) + " " + new TextDecoder("utf-16le").decode(new Uint8Array(2)).length);
  say(structuredClone(init({ a: 5 })).a + " " + crypto.randomUUID().length + " " + (performance.now() >= 0));
  console.log("printed %s", init({ a: 1 }), url);
  return out;
}

/** A sequence with an iterator of its own. */
const { iterator } = Symbol;
const partsOf = (text) => ({ [iterator]: () => { let done = false; return { next: () => { const result = { done, value: text }; done = true; return result; } }; } });
const JSONText = '{"deep":{"value":7}}';
const routes = mount({ "/mounted": () => new Response("mounted") });

export default {
  async fetch(request, env, ctx) {
    poison();
    ctx.waitUntil(new Promise((resolve) => setTimeout(resolve, 1)));
    try {
      const mounted = await routes(new Request("http://a.example/mounted/x"));
      return new Response(stream((await useAll(request)) + (await mounted.text()) + (await request.text())), init({ headers: new Headers(init({ "x-out": "1" })) }));
    } catch (error) {
      return new Response(out + error.stack, init({ status: 500 }));
    }
  },
};
`

const exercised = `http://test.example/a%20b?x=1&x=2&%C3%BC=%C3%A4#f
a=1&b=2
b=2
x-a=1, 3
1, 3 in
200 POST yes streamed
text4
hi
v n.txt abc
b c
7 {"a":1}
piped!true
2
8
abort event
AbortError
e
base64 1
5 36 true
mountedposted`

// TestPoisonedBuiltins runs an app that has overwritten what the language comes
// with: the platform must not notice.
func TestPoisonedBuiltins(t *testing.T) {
	f := jsapitest.New(t)
	f.Client = echo{}
	f.Start()
	for _, test := range []struct{ name, poison string }{
		{"nothing", ``},
		{"Array.prototype", `spoil(Array.prototype, "Array.prototype");`},
		{"Array iterator", `spoil(getPrototypeOf([][Symbol.iterator]()), "ArrayIterator");`},
		{"iterators", `spoil(getPrototypeOf(getPrototypeOf([][Symbol.iterator]())), "Iterator"); spoil(getPrototypeOf(""[Symbol.iterator]()), "StringIterator");
			spoil(getPrototypeOf(new Map().entries()), "MapIterator"); spoil(getPrototypeOf(new Set().values()), "SetIterator");`},
		{"Promise.prototype", `spoil(Promise.prototype, "Promise.prototype");`},
		{"Promise", `spoil(Promise, "Promise", Symbol.species);`},
		{"Object.prototype.then", `defineProperty(Object.prototype, "then", { get() { return undefined; }, set() { throw new Error("then was set"); }, configurable: true });`},
		{"setters of Object.prototype", `
			const names = "get set value writable enumerable configurable done next type name message code status statusText headers body url method signal reason state source stream reader controller chunk end error close cancel pull start size highWaterMark detail bubbles handlers handleEvent id callback context kind index length prototype resolve reject promise op list key data result target mode credentials".split(" ");
			for (const name of names) defineProperty(Object.prototype, name, { __proto__: null, get() { return undefined; }, set() { throw new Error("the runtime set " + name); }, configurable: true });`},
		{"RegExp.prototype", `spoil(RegExp.prototype, "RegExp.prototype");`},
		{"String.prototype", `spoil(String.prototype, "String.prototype");`},
		{"Number, Boolean, Symbol, BigInt", `spoil(Number.prototype, "Number.prototype"); spoil(Boolean.prototype, "Boolean.prototype"); spoil(Symbol.prototype, "Symbol.prototype", Symbol.toPrimitive); spoil(BigInt.prototype, "BigInt.prototype");`},
		{"Map, Set, WeakMap, WeakSet, WeakRef", `for (const C of [Map, Set, WeakMap, WeakSet, WeakRef]) { spoil(C.prototype, C.name); }`},
		{"Function.prototype", `spoil(Function.prototype, "Function.prototype");`},
		{"buffers", `spoil(Uint8Array.prototype, "Uint8Array.prototype"); spoil(ArrayBuffer.prototype, "ArrayBuffer.prototype"); spoil(DataView.prototype, "DataView.prototype");`},
		{"methods of typed arrays", `spoil(getPrototypeOf(Uint8Array.prototype), "TypedArray.prototype", "length");`},
		{"Error", `spoil(Error.prototype, "Error.prototype", "name", "message"); Error.prepareStackTrace = () => { throw new Error("prepareStackTrace ran"); };`},
		{"Date.prototype", `spoil(Date.prototype, "Date.prototype");`},
		{"statics", `for (const name of ["Array", "ArrayBuffer", "BigInt", "Date", "JSON", "Math", "Number", "Object", "Reflect", "String", "Symbol", "Uint8Array"]) spoil(globalThis[name], name);`},
		{"globals", `for (const key of ownKeys(globalThis)) if (key !== "globalThis" && getOwnPropertyDescriptor(globalThis, key).configurable) defineProperty(globalThis, key, { __proto__: null, value: undefined });`},
	} {
		t.Run(test.name, func(t *testing.T) {
			app := f.App(exercise + spoil + "function poison() {" + test.poison + "}")
			defer app.Close()
			req := jsapitest.Post("/", "posted")
			req.Header.Add("x-in", "in")
			status, body, outcome := jsapitest.Do(t, app, req)
			if status != 200 || outcome != hedge.OutcomeOK || body != exercised {
				t.Errorf("%d (%s):\n%s", status, outcome, body)
			}
		})
	}
}
