// Cache and CacheStorage (Service Workers §5.4, §5.5), in the edge's cache.
import { readWord, writeList, writeText, writeWord } from "../../frame/frame.ts";
import { PromiseReject, RegExpPrototypeTest, StringPrototypeStartsWith, TypeError } from "../core/primordials.ts";
import { DOMString, USVString, defineInterface, dictionary, illegalInvocation, requireArguments, toSequence } from "../core/webidl.ts";
import { newDOMException } from "../events/domexception.ts";
import { StreamSource } from "../fetch/body.ts";
import { fetch, readAnswer } from "../fetch/fetch.ts";
import { Request, isRequest, requestState, requestURL, type RequestState } from "../fetch/request.ts";
import { type Response, isResponse, responseState } from "../fetch/response.ts";
import { Content, Kind, Op, ask, readBoolean } from "./host.ts";

/** The first argument of a construction by the runtime. */
const internal: unknown = { __proto__: null };

/** The name of a Cache in the host: that of caches.default, and those that are opened, are apart. */
const defaultName = "d";

export class Cache {
  #name: string;

  constructor(token: unknown = undefined, name = "") {
    if (token !== internal) throw new TypeError("Illegal constructor: caches.default and caches.open() have caches");
    this.#name = name;
  }

  async match(request: unknown, options: unknown = undefined): Promise<Response | undefined> {
    if (!(#name in this)) illegalInvocation();
    requireArguments(arguments.length, 1, "Cache.match");
    const state = question(request, options);
    if (state === null) return undefined;
    const { response } = await ask(Op.Match, () => writePlace(this.#name, state), readMatch);
    return response;
  }

  /** All that match, of which there is one at most: an entry is found by its request alone. */
  async matchAll(request: unknown = undefined, options: unknown = undefined): Promise<Response[]> {
    if (!(#name in this)) illegalInvocation();
    if (request === undefined) throw notSupported("Cache.matchAll() without a request: entries are found by their requests, and cannot be listed");
    const state = question(request, options);
    if (state === null) return [];
    const { response } = await ask(Op.Match, () => writePlace(this.#name, state), readMatch);
    return response === undefined ? [] : [response];
  }

  async add(request: unknown): Promise<undefined> {
    if (!(#name in this)) illegalInvocation();
    requireArguments(arguments.length, 1, "Cache.add");
    await addAll(this.#name, [request]);
  }

  async addAll(requests: unknown): Promise<undefined> {
    if (!(#name in this)) illegalInvocation();
    requireArguments(arguments.length, 1, "Cache.addAll");
    await addAll(this.#name, toSequence(requests, (value) => value, "The requests"));
  }

  async put(request: unknown, response: unknown): Promise<undefined> {
    if (!(#name in this)) illegalInvocation();
    requireArguments(arguments.length, 2, "Cache.put");
    const state = requestState(isRequest(request) ? request : new Request(request));
    checkRequest(state);
    if (!isResponse(response)) throw new TypeError("Cache.put: the second argument is not a Response");
    await put(this.#name, state, response);
  }

  async delete(request: unknown, options: unknown = undefined): Promise<boolean> {
    if (!(#name in this)) illegalInvocation();
    requireArguments(arguments.length, 1, "Cache.delete");
    const state = question(request, options);
    return state !== null && (await ask(Op.Remove, () => writePlace(this.#name, state), readBoolean));
  }

  async keys(): Promise<never> {
    if (!(#name in this)) illegalInvocation();
    throw notSupported("Cache.keys(): entries are found by their requests, and cannot be listed");
  }
}

export class CacheStorage {
  #default: Cache;

  constructor(token: unknown = undefined) {
    if (token !== internal) throw new TypeError("Illegal constructor: caches is the one that there is");
    this.#default = newCache(defaultName);
  }

  /** A cache that needs no name. It is not the standard's, but that of Cloudflare Workers. */
  get default(): Cache {
    if (!(#default in this)) illegalInvocation();
    return this.#default;
  }

  async open(name: unknown): Promise<Cache> {
    if (!(#default in this)) illegalInvocation();
    requireArguments(arguments.length, 1, "CacheStorage.open");
    return newCache(cacheName(name));
  }

  async match(request: unknown, options: unknown = undefined): Promise<Response | undefined> {
    if (!(#default in this)) illegalInvocation();
    requireArguments(arguments.length, 1, "CacheStorage.match");
    const { cacheName: name } = dictionary(options, "The options of CacheStorage.match");
    const state = question(request, options);
    if (state === null) return undefined;
    const at = name === undefined ? defaultName : cacheName(name);
    const { response } = await ask(Op.Match, () => writePlace(at, state), readMatch);
    return response;
  }

  /** Empties a cache. It is true, as every cache is there as soon as somebody opens it. */
  async delete(name: unknown): Promise<boolean> {
    if (!(#default in this)) illegalInvocation();
    requireArguments(arguments.length, 1, "CacheStorage.delete");
    const at = cacheName(name);
    return await ask(Op.Clear, () => writeText(at), readBoolean);
  }

  has(): Promise<never> {
    if (!(#default in this)) illegalInvocation();
    return PromiseReject(notSupported("CacheStorage.has(): a cache is there as soon as somebody opens it"));
  }

  keys(): Promise<never> {
    if (!(#default in this)) illegalInvocation();
    return PromiseReject(notSupported("CacheStorage.keys(): caches cannot be listed"));
  }
}

defineInterface(Cache, "Cache", { enumerable: ["match", "matchAll", "add", "addAll", "put", "delete", "keys"], length: 0 });
defineInterface(CacheStorage, "CacheStorage", { enumerable: ["default", "open", "match", "delete", "has", "keys"], length: 0 });

function newCache(name: string): Cache {
  return new (Cache as any)(internal, name);
}

/** The global caches. */
export const caches: CacheStorage = new (CacheStorage as any)(internal);

const longestName = 1024;

function cacheName(value: unknown): string {
  const name = USVString(DOMString(value));
  if (name.length > longestName) throw new TypeError(`The name of the cache has ${name.length} characters, and may have ${longestName}`);
  return "n" + name;
}

function notSupported(what: string): unknown {
  return newDOMException(`There is no ${what}`, "NotSupportedError");
}

/** What is to be matched; null: nothing does, because of its method. */
function question(request: unknown, options: unknown): RequestState | null {
  const { ignoreMethod, ignoreSearch, ignoreVary } = dictionary(options, "The options");
  if (ignoreSearch) throw notSupported("ignoreSearch: an entry is found by its whole URL");
  if (ignoreVary) throw notSupported("ignoreVary: an entry is found by what its response varies by");
  const state = requestState(isRequest(request) ? request : new Request(request));
  return state.method === "GET" || ignoreMethod ? state : null;
}

function checkRequest(state: RequestState): void {
  const url = requestURL(state);
  if (!StringPrototypeStartsWith(url, "http:") && !StringPrototypeStartsWith(url, "https:")) throw new TypeError(`Only requests with http: and https: can be cached, and not '${url}'`);
  if (state.method !== "GET") throw new TypeError(`Only requests with the method GET can be cached, and not those with ${state.method}`);
}

function writePlace(name: string, state: RequestState): void {
  writeText(name);
  writeList("GET\0" + requestURL(state) + "\0" + state.headers.serialize());
}

interface Found {
  readonly response: Response | undefined;
}

function readMatch(): Found {
  const status = readWord();
  return { __proto__: null, response: status === 0 ? undefined : readAnswer(status).response } as never;
}

async function put(name: string, request: RequestState, response: Response): Promise<void> {
  const state = responseState(response);
  if (state.status === 206) throw new TypeError("A response with the status 206 cannot be cached: it is a part");
  if (state.status < 200) throw new TypeError(`A response with the status ${state.status} cannot be cached`);
  const vary = state.headers.get("vary");
  if (vary !== null && variesByAll(vary)) throw new TypeError("A response with Vary: * cannot be cached");
  if (state.body !== null && state.body.unusable) throw new TypeError("The response cannot be cached: its body was read");
  let content: Content | null = null;
  if (state.body !== null) {
    const { source, stream } = state.body.take();
    content = new Content(Kind.Bytes, stream === null ? source! : new StreamSource(stream));
  }
  const write = (): void => {
    writePlace(name, request);
    writeWord(state.status);
    writeWord(state.encoded ? 1 : 0);
    writeWord(content === null ? 0 : 1);
    writeList(state.statusText + "\0" + state.headers.serialize());
    if (content !== null) content.write();
  };
  await ask(Op.Put, write, readBoolean, content === null ? null : content.watched);
}

const star = /(?:^|,)[\t ]*\*[\t ]*(?:,|$)/;

function variesByAll(vary: string): boolean {
  return RegExpPrototypeTest(star, vary);
}

async function addAll(name: string, requests: readonly unknown[]): Promise<void> {
  const list: Request[] = [];
  for (let i = 0; i < requests.length; i++) {
    const request = isRequest(requests[i]) ? (requests[i] as Request) : new Request(requests[i]);
    checkRequest(requestState(request));
    list[i] = request;
  }
  const responses: Response[] = [];
  for (let i = 0; i < list.length; i++) {
    const response = (responses[i] = await fetch(list[i]!));
    const { status } = responseState(response);
    if (status < 200 || status > 299 || status === 206) throw new TypeError(`'${requestURL(requestState(list[i]!))}' was answered with ${status}, which is not to be cached`);
  }
  for (let i = 0; i < list.length; i++) await put(name, requestState(list[i]!), responses[i]!);
}
