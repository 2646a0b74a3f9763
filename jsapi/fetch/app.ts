// How requests reach an app: its module's default export, or its listeners for
// "fetch" events; and how its answers go back.
import { BodyKind, Kind, RequestState, begin, end, item, itemEnd, writeList, writeRaw, writeWord } from "../../frame/frame.ts";
import { responseCredit, startBody } from "../../worker/bodies.ts";
import type { RequestContext } from "../../worker/context.ts";
import { describe, faultOf } from "../../worker/errors.ts";
import { JSONParse, ObjectFreeze, PromisePrototypeThen, PromiseResolve, ReflectApply, TypeError } from "../core/primordials.ts";
import { defineInterface, illegalInvocation, isObject } from "../core/webidl.ts";
import { fireEvent, hasListener } from "../events/eventtarget.ts";
import { newFetchEvent, takeResponse } from "./event.ts";
import { keepAlive } from "./keepalive.ts";
import { outgoing, writeInline, type Outgoing } from "./fetch.ts";
import { incomingRequest, type Request } from "./request.ts";
import { Response, isResponse, responseState, type ResponseState } from "./response.ts";
import { sockets } from "./sockets.ts";

const { constructorName, importModule } = __host;

type Handler = (request: Request, env: object, context: Context) => unknown;

/** The app's fetch handler and the object that it is a method of; null for an app that listens to events. */
let handler: Handler | null = null;
let owner: object | undefined;
let env: object = {};
/** How an app is imported, except in the rehearsal. */
let importApp: (main: string) => Promise<object> = importModule;

/** What the handler gets as its third argument. */
export class Context {
  #context: RequestContext;

  constructor(context: RequestContext) {
    this.#context = context;
  }

  /** Lets work go on after the response has ended, for as long as the app's limits allow. */
  waitUntil(promise: unknown): void {
    if (!(#context in this)) illegalInvocation();
    keepAlive(this.#context, promise);
  }
}

defineInterface(Context, "Context", { enumerable: ["waitUntil"] });

/** The app's env, as its handler gets it. */
export function environment(): object {
  return env;
}

/** Imports the app and says whether it can answer requests. */
export function load(main: string, envText: string): void {
  env = ObjectFreeze(JSONParse(envText) ?? {});
  PromisePrototypeThen(importApp(main), loaded, (reason) => {
    begin(Kind.LoadFailed, 0);
    writeRaw(describe(reason));
    end();
  });
}

function loaded(module: object): void {
  const exported = (module as { default?: unknown }).default;
  const fetch = isObject(exported) ? (exported as { fetch?: unknown }).fetch : undefined;
  if (typeof fetch === "function") {
    handler = fetch as Handler;
    owner = exported as object;
  } else if (typeof exported === "function" && exported.prototype === undefined) {
    handler = exported as Handler;
  }
  begin(Kind.Loaded, 0);
  writeWord(handler !== null || hasListener(globalThis, "fetch") ? 1 : 0);
  end();
}

/** Answers one request. */
export function handleRequest(context: RequestContext, list: string, body: number): void {
  const methodEnd = itemEnd(list, 0);
  const urlEnd = itemEnd(list, methodEnd + 1);
  const request = incomingRequest(context, item(list, 0, methodEnd), item(list, methodEnd + 1, urlEnd), list, urlEnd + 1, body);
  let result: unknown;
  try {
    result = handler !== null ? ReflectApply(handler, owner, [request, env, new Context(context)]) : dispatchFetch(request, context);
  } catch (reason) {
    threw(context, reason, false);
    return;
  }
  if (isResponse(result)) {
    answer(context, result);
    return;
  }
  PromisePrototypeThen(
    PromiseResolve(result),
    (value) => answer(context, value),
    (reason) => threw(context, reason, false),
  );
}

/** What the runtime's rehearsal needs of the app: see worker/loop.ts. */
export function rehearse(turn: () => void, over: () => void): void {
  let answers = 0;
  let later = PromiseResolve<unknown>(undefined);
  const fetch: Handler = (request) => {
    const response = new Response(request.method + request.url + request.headers.get("host"), { headers: { "content-type": "text/plain" } });
    return ++answers === 1 ? response : (later = PromiseResolve(response));
  };
  importApp = () => {
    loaded({ default: { fetch } });
    return new Promise(() => {});
  };
  turn();
  PromisePrototypeThen(later, () => {
    importApp = importModule;
    handler = null;
    owner = undefined;
    env = {};
    over();
  });
}

function dispatchFetch(request: Request, context: RequestContext): unknown {
  const event = newFetchEvent(request, context);
  fireEvent(globalThis, event);
  return takeResponse(event);
}

function threw(context: RequestContext, reason: unknown, notResponse: boolean): void {
  begin(Kind.Threw, context.id);
  writeWord(notResponse ? 1 : 0);
  writeWord(faultOf(reason));
  writeRaw(describe(reason));
  end();
  context.release();
}

function answer(context: RequestContext, value: unknown): void {
  if (context.over) return;
  if (!isResponse(value)) {
    threw(context, new TypeError(`It returned ${nameOf(value)}`), true);
    return;
  }
  const state = responseState(value);
  if (state.type === "error") {
    threw(context, new TypeError("It returned Response.error()"), true);
    return;
  }
  if (state.body !== null && state.body.unusable) {
    threw(context, new TypeError("The body of the response was read before, or is being read"), false);
    return;
  }
  if (state.status === 101) answerSocket(context, state);
  else writeResponse(context, value);
}

/** Answers with a WebSocket. One that fetch got, and nobody has touched, stays with the host. */
function answerSocket(context: RequestContext, state: ResponseState): void {
  const done = (stream: number): void => {
    if (context.over) return;
    writeHead(context, state, { kind: BodyKind.Host, stream, inline: null });
  };
  if (state.connection !== null) {
    done(state.connection.take());
    return;
  }
  try {
    sockets().give(state.webSocket!, done, (reason) => threw(context, reason, false));
  } catch (reason) {
    threw(context, reason, false);
  }
}

function nameOf(value: unknown): string {
  if (value === null || value === undefined) return `${value as undefined}`;
  return isObject(value) ? `an object of class ${constructorName(value) || "Object"}` : `a ${typeof value}`;
}

function writeResponse(context: RequestContext, response: Response): void {
  const state = responseState(response);
  writeHead(context, state, outgoing(state.body, responseCredit, () => void context.release()));
}

function writeHead(context: RequestContext, state: ResponseState, body: Outgoing): void {
  const after = stateAfter(context, body.kind);
  begin(Kind.Response, context.id);
  writeWord(state.status);
  writeWord(state.encoded ? body.kind | BodyKind.Encoded : body.kind);
  writeWord(body.stream);
  writeWord(after);
  writeList(state.statusText + "\0" + state.headers.serialize());
  writeInline(body.inline);
  end();
  if (after === RequestState.Finished) context.end();
  else if (after === RequestState.AwaitsDelivery) context.awaitDelivery();
  else if (body.kind === BodyKind.Isolate) startBody(body.stream);
  else context.release();
}

/** What becomes of a request behind the head of its response. */
function stateAfter(context: RequestContext, kind: BodyKind): RequestState {
  if (kind === BodyKind.Isolate) return RequestState.GoesOn;
  // A body that the host passes on may take long, and the client may leave meanwhile.
  if (kind === BodyKind.Host && context.watched && !context.gone) return RequestState.AwaitsDelivery;
  return context.lastHold ? RequestState.Finished : RequestState.GoesOn;
}
