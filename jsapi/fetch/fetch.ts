// fetch (Fetch §5.6): a request becomes an op, its result a Response.
import { BodyKind, item, itemEnd, readList, readWord, writeBytes, writeList, writeText, writeWord } from "../../frame/frame.ts";
import { HostBody, cancelBody, sendBody } from "../../worker/bodies.ts";
import { currentContext } from "../../worker/context.ts";
import { makeError } from "../../worker/errors.ts";
import { abandonOp, startOp, type OpEnd } from "../../worker/ops.ts";
import { ArrayPrototypeIndexOf, PromiseReject, PromiseResolve, StringPrototypeStartsWith, TypeError, newDeferred } from "../core/primordials.ts";
import { requireArguments } from "../core/webidl.ts";
import { abortReason, addAbortAlgorithm, isAborted, removeAbortAlgorithm } from "../events/abort.ts";
import { blobBytesSync, blobSize, blobType } from "../blob/index.ts";
import { Body, StreamSource } from "./body.ts";
import { parseDataURL } from "./dataurl.ts";
import { cacheModes, isRequest, redirectModes, Request, requestState, requestURL, type RequestState } from "./request.ts";
import { writeSteering } from "./steering.ts";
import { blobResponse, dataResponse, receivedResponse, type Response } from "./response.ts";

/** The number of the op, which fetch.go knows too. */
const fetchOp = 1;

/** How a body travels in an op: its kind, its stream's number, and its bytes if it is whole. */
export interface Outgoing {
  kind: BodyKind;
  stream: number;
  inline: string | Uint8Array | null;
}

const noBody: Outgoing = { kind: BodyKind.None, stream: 0, inline: null };

/** Uses a body up for sending it. credit and done are a stream's, as in sendBody. */
export function outgoing(body: Body | null, credit: number, done: () => void): Outgoing {
  if (body === null) return noBody;
  const { source, stream } = body.take();
  if (stream !== null) return { kind: BodyKind.Isolate, stream: sendBody(new StreamSource(stream), credit, done), inline: null };
  if (source instanceof HostBody) return { kind: BodyKind.Host, stream: source.take(), inline: null };
  return { kind: BodyKind.Inline, stream: 0, inline: source };
}

export function writeInline(inline: string | Uint8Array | null): void {
  if (typeof inline === "string") writeText(inline);
  else if (inline === null) writeWord(0);
  else writeBytes(inline);
}

/** Sends a request as an op of a code; prefix writes what comes before the request. */
export function send(state: RequestState, code: number, prefix: () => void): Promise<Response> {
  const signal = state.signal;
  if (state.body !== null && state.body.unusable) return PromiseReject(new TypeError("The body of the request was read before"));
  if (signal !== null && isAborted(signal)) {
    const reason = abortReason(signal);
    if (state.body !== null) state.body.cancel(reason);
    return PromiseReject(reason);
  }
  const body = outgoing(state.body, 0, () => {});
  const exchange = new Exchange(state, body);
  const list = state.method + "\0" + requestURL(state) + "\0" + state.headers.serialize();
  exchange.op = startOp(
    code,
    () => {
      prefix();
      writeWord(ArrayPrototypeIndexOf(redirectModes, state.redirect));
      writeSteering(ArrayPrototypeIndexOf(cacheModes, state.cache), state.steering);
      writeWord(body.kind);
      writeWord(body.stream);
      writeList(list);
      writeInline(body.inline);
    },
    exchange,
  );
  return exchange.promise;
}

/** Reads an answer of the host's behind its status. */
export function readAnswer(status: number): { response: Response; body: HostBody | null } {
  const redirected = readWord() === 1;
  const id = readWord();
  const list = readList();
  const reasonEnd = itemEnd(list, 0);
  const urlEnd = itemEnd(list, reasonEnd + 1);
  const body = id === 0 ? null : new HostBody(id);
  const reason = item(list, 0, reasonEnd);
  const url = item(list, reasonEnd + 1, urlEnd);
  return { response: receivedResponse(status, reason, url, redirected, list, urlEnd + 1, body), body };
}

/** Has abort called when the request is to end early: with its signal, or with the client whose request is sent on. Returns what takes that back. */
function onAbort(state: RequestState, abort: (reason: unknown) => void): () => void {
  const { signal, context } = state;
  if (signal !== null) {
    const algorithm = (): void => abort(abortReason(signal));
    addAbortAlgorithm(signal, algorithm);
    return () => removeAbortAlgorithm(signal, algorithm);
  }
  if (context === undefined) return nothing;
  context.onAbort.add(abort);
  return () => context.onAbort.delete(abort);
}

function nothing(): void {}

/** One exchange with an origin, which may end early. It lets go of what would end it as soon as it has ended, or a signal that lives longer would keep it in memory. */
class Exchange implements OpEnd {
  op = 0;
  readonly #upload: Outgoing;
  #answer = newDeferred<Response>();
  #answered = false;
  #body: HostBody | null = null;
  #letGo = nothing;

  constructor(state: RequestState, upload: Outgoing) {
    this.#upload = upload;
    const owner = currentContext();
    if (owner?.over) return; // nothing of it is heard any more
    const off = onAbort(state, (reason) => this.#abort(reason));
    if (off === nothing) return;
    owner?.onOver.add(off); // it may never be answered, or never be read
    this.#letGo = () => {
      off();
      owner?.onOver.delete(off);
    };
  }

  get promise(): Promise<Response> {
    return this.#answer.promise;
  }

  done(): void {
    this.#answered = true;
    const { response, body } = readAnswer(readWord());
    this.#body = body;
    if (body === null) this.#letGo();
    else body.onEnd = this.#letGo;
    this.#answer.resolve(response);
  }

  failed(name: string, message: string, fault: number): void {
    this.#answered = true;
    this.#letGo();
    this.#answer.reject(makeError(name, message, fault));
  }

  #abort(reason: unknown): void {
    if (this.#upload.kind === BodyKind.Isolate) cancelBody(this.#upload.stream, reason);
    if (!this.#answered) {
      this.#letGo();
      abandonOp(this.op);
      this.#answer.reject(reason);
    } else if (this.#body !== null) {
      this.#body.abort(reason);
    }
  }
}

/** Fetch "scheme fetch" of a data: URL. */
function fetchData(state: RequestState, url: string): Promise<Response> {
  if (state.signal !== null && isAborted(state.signal)) return PromiseReject(abortReason(state.signal));
  const data = parseDataURL(url);
  if (data === null) return PromiseReject(new TypeError(`The data: URL is malformed: '${url}'`));
  return PromiseResolve(dataResponse(url, data.type, state.method === "HEAD" ? null : new Body(data.bytes, null)));
}

/** Fetch "scheme fetch" of a blob: URL. */
function fetchBlob(state: RequestState, url: string): Promise<Response> {
  if (state.signal !== null && isAborted(state.signal)) return PromiseReject(abortReason(state.signal));
  const { blob } = state;
  if (state.method !== "GET" || blob === undefined) {
    return PromiseReject(new TypeError(blob === undefined ? `The URL stands for no Blob: '${url}'` : "A blob: URL can only be fetched with GET"));
  }
  return PromiseResolve(blobResponse(url, blobType(blob), blobSize(blob), new Body(blobBytesSync(blob), null)));
}

/** The global fetch. */
export function fetch(input: unknown, init: unknown = undefined): Promise<Response> {
  try {
    requireArguments(arguments.length, 1, "fetch");
    const request = isRequest(input) && init === undefined ? input : new Request(input, init);
    const state = requestState(request);
    const url = requestURL(state);
    if (StringPrototypeStartsWith(url, "data:")) return fetchData(state, url);
    if (StringPrototypeStartsWith(url, "blob:")) return fetchBlob(state, url);
    if (!StringPrototypeStartsWith(url, "http:") && !StringPrototypeStartsWith(url, "https:")) {
      throw new TypeError(`fetch can only do http:, https:, data: and blob:, not '${url}'`);
    }
    return send(state, fetchOp, () => {});
  } catch (reason) {
    return PromiseReject(reason);
  }
}
