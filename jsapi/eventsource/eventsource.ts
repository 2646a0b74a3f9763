// EventSource: https://html.spec.whatwg.org/#the-eventsource-interface
import { HostBody, type ByteSink, type ByteSource } from "../../worker/bodies.ts";
import { PromisePrototypeThen } from "../core/primordials.ts";
import { USVString, defineInterface, dictionary, illegalInvocation, requireArguments } from "../core/webidl.ts";
import { type AbortSignal, newAbortSignal, signalAbort } from "../events/abort.ts";
import { DOMException } from "../events/domexception.ts";
import { Event } from "../events/event.ts";
import { EventTarget, defineEventHandler, fireEvent } from "../events/eventtarget.ts";
import { MessageEvent } from "../events/message.ts";
import { BytesSource, StreamSource } from "../fetch/body.ts";
import { fetch } from "../fetch/fetch.ts";
import { extractMIMEType } from "../fetch/mime.ts";
import { Request } from "../fetch/request.ts";
import { type Response, type ResponseState, responseState } from "../fetch/response.ts";
import { addTimer, removeTimer } from "../timers/timers.ts";
import { originOf, parseURL, serializeURL } from "../url/index.ts";
import { Parser, type Handler } from "./parser.ts";

const { utf8Encode } = __host;

const enum Ready {
  Connecting = 0,
  Open = 1,
  Closed = 2,
}

/** How long to wait before connecting again, in milliseconds, until the stream says otherwise; and at most. */
const firstWait = 3000;
const longestWait = 24 * 60 * 60 * 1000;

/** What is behind an EventSource: one connection after the other. */
class Source implements ByteSink, Handler {
  readonly target: object;
  readonly url: string;
  ready = Ready.Connecting;
  #wait = firstWait;
  #lastEventId = "";
  #timer = 0;
  #signal: AbortSignal | null = null;
  #origin = "";
  #body: ByteSource | null = null;
  #parser: Parser | null = null;
  #answered = false;
  #reading = false;

  constructor(target: object, url: string) {
    this.target = target;
    this.url = url;
  }

  connect(): void {
    const signal = newAbortSignal();
    const headers: Record<string, string> = { __proto__: null as never, accept: "text/event-stream" };
    if (this.#lastEventId !== "") headers["last-event-id"] = this.#lastEventId;
    this.#signal = signal;
    const request = new Request(this.url, { __proto__: null, headers, cache: "no-store", signal });
    PromisePrototypeThen(
      fetch(request),
      (response) => {
        if (this.#signal === signal) this.#opened(response);
      },
      () => {
        if (this.#signal === signal) this.#lost();
      },
    );
  }

  close(): void {
    this.ready = Ready.Closed;
    removeTimer(this.#timer);
    const signal = this.#signal;
    this.#signal = null;
    this.#body = null;
    if (signal !== null) signalAbort(signal);
  }

  #opened(response: Response): void {
    const state = responseState(response);
    if (state.status !== 200 || extractMIMEType(state.headers.get("content-type"))?.essence !== "text/event-stream") {
      this.close();
      fireEvent(this.target, new Event("error"));
      return;
    }
    this.ready = Ready.Open;
    this.#origin = originOf(parseURL(state.url)!);
    this.#parser = new Parser(this, this.#lastEventId);
    this.#body = sourceOf(state);
    fireEvent(this.target, new Event("open"));
    this.#read();
  }

  // A source may answer at once, so this goes round instead of recursing.
  #read(): void {
    if (this.#reading) return;
    this.#reading = true;
    do {
      this.#answered = false;
      this.#body?.read(this);
    } while (this.#answered && this.#body !== null);
    this.#reading = false;
  }

  chunk(bytes: Uint8Array): void {
    if (this.#body === null) return;
    if (!this.#parser!.push(bytes)) {
      this.close();
      fireEvent(this.target, new Event("error"));
      return;
    }
    this.#answered = true;
    this.#read();
  }

  end(): void {
    if (this.#body !== null) this.#lost();
  }

  error(): void {
    this.end();
  }

  event(type: string, data: string, lastEventId: string): void {
    this.#lastEventId = lastEventId;
    if (type === "" || this.ready === Ready.Closed) return;
    fireEvent(this.target, new MessageEvent(type, { __proto__: null, data, origin: this.#origin, lastEventId }));
  }

  retry(milliseconds: number): void {
    this.#wait = milliseconds < longestWait ? milliseconds : longestWait;
  }

  /** Reestablish the connection. */
  #lost(): void {
    this.#body = null;
    this.#signal = null;
    this.ready = Ready.Connecting;
    this.#timer = addTimer(this.#wait, () => this.connect());
    fireEvent(this.target, new Event("error"));
  }
}

function sourceOf(state: ResponseState): ByteSource {
  if (state.body === null) return new BytesSource(utf8Encode(""));
  const { source, stream } = state.body.take();
  if (stream !== null) return new StreamSource(stream);
  if (source instanceof HostBody) return source;
  return new BytesSource(typeof source === "string" ? utf8Encode(source) : source!);
}

export class EventSource extends EventTarget {
  #source: Source;
  #withCredentials: boolean;

  constructor(url: unknown, init: unknown = undefined) {
    requireArguments(arguments.length, 1, "EventSource");
    super();
    const text = USVString(url);
    this.#withCredentials = !!dictionary(init, "EventSource: the options").withCredentials;
    const record = parseURL(text);
    if (record === null) throw new DOMException(`'${text}' is not an absolute URL`, "SyntaxError");
    this.#source = new Source(this, serializeURL(record));
    this.#source.connect();
  }

  get url(): string {
    return #source in this ? this.#source.url : illegalInvocation();
  }

  get withCredentials(): boolean {
    return #source in this ? this.#withCredentials : illegalInvocation();
  }

  get readyState(): number {
    return #source in this ? this.#source.ready : illegalInvocation();
  }

  close(): void {
    if (!(#source in this)) illegalInvocation();
    this.#source.close();
  }
}

defineInterface(EventSource, "EventSource", {
  enumerable: ["url", "withCredentials", "readyState", "close"],
  constants: { __proto__: null as never, CONNECTING: Ready.Connecting, OPEN: Ready.Open, CLOSED: Ready.Closed },
  length: 1,
});
defineEventHandler(EventSource.prototype, "open");
defineEventHandler(EventSource.prototype, "message");
defineEventHandler(EventSource.prototype, "error");
