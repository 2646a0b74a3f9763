// WebSocket (WHATWG WebSockets §3), and WebSocketPair of Cloudflare Workers.
import type { HostBody } from "../../worker/bodies.ts";
import { ObjectDefineProperty, RegExpPrototypeTest, SafeSet, StringPrototypeIndexOf, StringPrototypeSlice, StringPrototypeStartsWith, StringPrototypeToLowerCase, TypeError, TypedArrayPrototypeGetByteLength, TypedArrayPrototypeSet, TypedArrayPrototypeSlice, Uint8Array } from "../core/primordials.ts";
import { USVString, bufferSource, defineInterface, enumValue, getIteratorMethod, illegalInvocation, isBufferSource, isObject, requireArguments, sequenceFrom, unsignedShortClamp } from "../core/webidl.ts";
import { blobBytesSync, isBlob } from "../blob/index.ts";
import { DOMException } from "../events/domexception.ts";
import { EventTarget, defineEventHandler } from "../events/eventtarget.ts";
import { parseURL, serializeURL } from "../url/index.ts";
import { open, serve, take } from "./connect.ts";
import { LocalInbox } from "./inbox.ts";
import { Message } from "./outbox.ts";
import { Ready, Socket } from "./socket.ts";

const { utf8Encode } = __host;

/** The first argument of a construction by the runtime. */
const internal: unknown = { __proto__: null };

let socketOf: (value: object) => Socket | undefined;

export class WebSocket extends EventTarget {
  #socket: Socket;

  static {
    socketOf = (value) => (#socket in value ? value.#socket : undefined);
  }

  constructor(url: unknown, protocols: unknown = undefined) {
    if (url !== internal) requireArguments(arguments.length, 1, "WebSocket");
    super();
    if (url === internal) {
      this.#socket = protocols as Socket;
      this.#socket.target = this;
      return;
    }
    const address = addressOf(USVString(url));
    const list = protocolsOf(protocols);
    const socket = new Socket();
    this.#socket = socket;
    socket.target = this;
    socket.url = `ws${address}`;
    socket.ready = Ready.Connecting;
    socket.binaryType = "blob";
    socket.accept();
    open(socket, `http${address}`, list);
  }

  get url(): string {
    return this.#get().url;
  }

  get readyState(): number {
    return this.#get().ready;
  }

  get bufferedAmount(): number {
    return this.#get().buffered;
  }

  get extensions(): string {
    this.#get();
    return "";
  }

  get protocol(): string {
    return this.#get().protocol;
  }

  get binaryType(): string {
    return this.#get().binaryType;
  }

  set binaryType(value: unknown) {
    const socket = this.#get();
    if (value === "blob" || value === "arraybuffer") socket.binaryType = enumValue(value, ["blob", "arraybuffer"], "binaryType");
  }

  /** Cloudflare Workers: from now on code gets what comes. */
  accept(): void {
    accept(this.#get());
  }

  send(data: unknown): void {
    const socket = this.#get();
    requireArguments(arguments.length, 1, "WebSocket.send");
    if (socket.ready === Ready.Connecting) throw new DOMException("The WebSocket is still connecting", "InvalidStateError");
    if (!socket.accepted) throw new TypeError("Call accept() before send()");
    if (isBlob(data)) socket.send(Message.Binary, blobBytesSync(data));
    else if (isBufferSource(data)) socket.send(Message.Binary, TypedArrayPrototypeSlice(bufferSource(data)));
    else socket.send(Message.Text, utf8Encode(USVString(data)));
  }

  close(code: unknown = undefined, reason: unknown = undefined): void {
    const socket = this.#get();
    const number = code === undefined ? undefined : unsignedShortClamp(code);
    const text = reason === undefined ? undefined : USVString(reason);
    socket.close(farewell(number, text, socket.url === ""));
  }

  #get(): Socket {
    if (!(#socket in this)) illegalInvocation();
    return this.#socket;
  }
}

defineInterface(WebSocket, "WebSocket", {
  enumerable: ["url", "readyState", "bufferedAmount", "extensions", "protocol", "binaryType", "accept", "send", "close"],
  constants: { __proto__: null as never, CONNECTING: Ready.Connecting, OPEN: Ready.Open, CLOSING: Ready.Closing, CLOSED: Ready.Closed },
  length: 1,
});
defineEventHandler(WebSocket.prototype, "open");
defineEventHandler(WebSocket.prototype, "message");
defineEventHandler(WebSocket.prototype, "error");
defineEventHandler(WebSocket.prototype, "close");

/** What the URL of a WebSocket and that of its handshake have in common: "://…" or "s://…". */
function addressOf(text: string): string {
  const record = parseURL(text);
  if (record === null) throw new DOMException(`'${text}' is not an absolute URL`, "SyntaxError");
  const url = serializeURL(record);
  if (StringPrototypeIndexOf(url, "#") >= 0) throw new DOMException("The URL of a WebSocket has no fragment", "SyntaxError");
  if (StringPrototypeStartsWith(url, "ws:") || StringPrototypeStartsWith(url, "wss:")) return StringPrototypeSlice(url, 2);
  if (StringPrototypeStartsWith(url, "http:") || StringPrototypeStartsWith(url, "https:")) return StringPrototypeSlice(url, 4);
  throw new DOMException(`The scheme of '${url}' is none of ws, wss, http and https`, "SyntaxError");
}

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

function protocolsOf(value: unknown): string[] {
  if (value === undefined) return [];
  const method = isObject(value) ? getIteratorMethod(value) : undefined;
  const list = method === undefined ? [USVString(value)] : sequenceFrom(value as object, method, USVString);
  const seen = new SafeSet<string>();
  for (let i = 0; i < list.length; i++) {
    const name = StringPrototypeToLowerCase(list[i]!);
    if (!RegExpPrototypeTest(token, list[i]!) || seen.has(name)) {
      throw new DOMException(`The protocol '${list[i]!}' is not a token, or comes twice`, "SyntaxError");
    }
    seen.add(name);
  }
  return list;
}

/** Whether a Close frame may have the code: it is registered for that, or for code to use (RFC 6455 §7.4). */
function isCloseCode(code: number): boolean {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

/**
 * The payload of a Close frame. A socket that code has opened by a URL says what the standard lets
 * clients say; one of a pair, and one from fetch, speaks for a server or passes on what one has said.
 */
function farewell(code: number | undefined, reason: string | undefined, hasNoURL: boolean): Uint8Array {
  if (code !== undefined && !(hasNoURL ? isCloseCode(code) : code === 1000 || (code >= 3000 && code <= 4999))) {
    const codes = hasNoURL ? "1000 to 1003, 1007 to 1014 and 3000 to 4999" : "1000 and 3000 to 4999";
    throw new DOMException(`The close code ${code} cannot be sent: there are ${codes}`, "InvalidAccessError");
  }
  const text = utf8Encode(reason ?? "");
  const length = TypedArrayPrototypeGetByteLength(text);
  if (length > 123) throw new DOMException("The reason is longer than 123 bytes", "SyntaxError");
  if (code === undefined && length === 0) return new Uint8Array(0);
  const payload = new Uint8Array(2 + length);
  const number = code ?? 1000;
  payload[0] = number >>> 8;
  payload[1] = number & 0xff;
  TypedArrayPrototypeSet(payload, text, 2);
  return payload;
}

function accept(socket: Socket): void {
  if (socket.accepted || socket.given) throw new TypeError("The WebSocket was accepted before, or given to a client");
  socket.accept();
  if (socket.connection !== null) {
    const connection = socket.connection;
    socket.connection = null;
    take(socket, connection, () => {});
  } else if (socket.peer !== null && socket.peer.accepted) {
    socket.connect(new LocalInbox(socket.peer.outbox));
    socket.peer.connect(new LocalInbox(socket.outbox));
  }
}

function newWebSocket(socket: Socket): WebSocket {
  return new WebSocket(internal, socket);
}

export class WebSocketPair {
  constructor() {
    const one = new Socket();
    const other = new Socket();
    one.peer = other;
    other.peer = one;
    const property = { __proto__: null, value: newWebSocket(one), writable: true, enumerable: true, configurable: true };
    ObjectDefineProperty(this, "0", property);
    property.value = newWebSocket(other);
    ObjectDefineProperty(this, "1", property);
  }
}

defineInterface(WebSocketPair, "WebSocketPair");

/** What responses need of this feature. */
export const sockets = {
  is: (value: unknown): value is object => isObject(value) && socketOf(value) !== undefined,
  wrap(connection: HostBody): object {
    const socket = new Socket();
    socket.connection = connection;
    return newWebSocket(socket);
  },
  give(value: object, done: (stream: number) => void, failed: (reason: unknown) => void): void {
    const socket = socketOf(value)!;
    if (socket.accepted || socket.given) throw new TypeError("The WebSocket of the response is in use: give the client the end that was not accepted");
    socket.given = true;
    if (socket.connection !== null) done(socket.connection.take());
    else serve(socket.peer!, done, failed);
  },
};
