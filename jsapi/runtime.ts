// The runtime: every feature, by name. This script is bundled, run once, and
// frozen into the snapshot from which every isolate starts.
import { setErrorClass } from "../worker/errors.ts";
import { register } from "../worker/loop.ts";
import { print } from "../worker/print.ts";
import * as blob from "./blob/index.ts";
import * as cache from "./cache/index.ts";
import * as clone from "./clone/index.ts";
import * as compression from "./compression/index.ts";
import * as console from "./console/index.ts";
import * as crypto from "./crypto/index.ts";
import * as encoding from "./encoding/index.ts";
import { domExceptionParts, isDOMException, newDOMException } from "./events/domexception.ts";
import * as events from "./events/index.ts";
import * as fetch from "./fetch/index.ts";
import * as file from "./file/index.ts";
import * as global from "./global/index.ts";
import * as image from "./image/image.ts";
import * as messaging from "./messaging/index.ts";
import * as performance from "./performance/index.ts";
import * as route from "./route/route.ts";
import * as streams from "./streams/index.ts";
import * as timers from "./timers/index.ts";
import * as url from "./url/index.ts";
import * as urlpattern from "./urlpattern/index.ts";
import * as wasm from "./wasm/index.ts";
import * as websocket from "./websocket/index.ts";

events.install();
blob.install();
cache.install();
clone.install();
compression.install();
crypto.install();
encoding.install();
fetch.install();
file.install();
global.install();
messaging.install();
performance.install();
streams.install();
timers.install();
url.install();
urlpattern.install();
websocket.install();
console.install(); // last: it looks at the interfaces that are there

/** The modules that apps import by the name hedge:…. */
const builtins: Record<string, object> = {
  __proto__: null as never,
  "hedge:cache": cache.module,
  "hedge:image": { Image: image.Image },
  "hedge:route": {
    files: route.files,
    mount: route.mount,
    rateLimit: route.rateLimit,
    redirect: route.redirect,
    respond: route.respond,
    rewrite: route.rewrite,
    split: route.split,
    upstream: route.upstream,
    withHeaders: route.withHeaders,
  },
};

fetch.setBlobURLs(file.blobOfURL);
fetch.setSockets(websocket.sockets);
setErrorClass((error) => (isDOMException(error) ? domExceptionParts(error) : undefined), (name, message) => newDOMException(message, name));
console.setConsoleSink(print);

register({
  start: wasm.start,
  turn: performance.setNow,
  load: fetch.load,
  request: fetch.handleRequest,
  wake: timers.wake,
  builtin: (name) => builtins[name],
  rehearse: fetch.rehearse,
  cloneError: clone.newCloneError,
});
