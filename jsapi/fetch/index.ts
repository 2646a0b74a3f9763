// fetch, Headers, Request, Response and the events of an app.
import { defineGlobal, defineGlobalMember } from "../core/webidl.ts";
import { ExtendableEvent, FetchEvent } from "./event.ts";
import { fetch } from "./fetch.ts";
import { Headers } from "./headers.ts";
import { Request } from "./request.ts";
import { Response } from "./response.ts";

export { handleRequest, load, rehearse } from "./app.ts";
export { setBlobURLs } from "./request.ts";
export { setSockets } from "./sockets.ts";

/** Defines the globals. */
export function install(): void {
  defineGlobal("Headers", Headers);
  defineGlobal("Request", Request);
  defineGlobal("Response", Response);
  defineGlobal("ExtendableEvent", ExtendableEvent);
  defineGlobal("FetchEvent", FetchEvent);
  defineGlobalMember("fetch", fetch);
}

