// hedge:image: pictures, changed by the host. An Image is a source and a list of steps; each method returns another one,
// and nothing is done before something is to come out.
import { ArrayPrototypeSlice, JSONParse, JSONStringify, SafeWeakMap, StringPrototypeSlice, TypedArrayPrototypeSlice, TypeError, Uint8Array } from "../core/primordials.ts";
import { DOMString, bufferSource, defineInterface, illegalInvocation, isBufferSource, isObject, requireArguments } from "../core/webidl.ts";
import { Body, consume, extractBody, toOwnBytes } from "../fetch/body.ts";
import { fillHeaders } from "../fetch/headers.ts";
import { Response, dataResponse, isResponse, responseState, withOwnHeaders } from "../fetch/response.ts";
import { doJob, type Result } from "./op.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Where a picture's bytes are: kept, or in a body that can be read once. Images that come from one another share it. */
class Source {
  bytes: Bytes | null = null;
  body: Body | null = null;
  /** The reading of the body for keeping it, once that has begun; null before. */
  kept: Promise<void> | null = null;
  /** What an error adds about where the bytes come from; "" for nothing. */
  note = "";

  /** The content, for one job. */
  take(): Body {
    if (this.bytes !== null) return new Body(this.bytes, null);
    const body = this.body!;
    if (body.unusable) throw new TypeError("The picture's stream was read before; make the Image of bytes to use it several times");
    return body;
  }

  /** Keeps the content, so that it can be used again. Whoever asks meanwhile waits for the same reading. */
  keep(): Promise<void> {
    return (this.kept ??= this.#read());
  }

  async #read(): Promise<void> {
    if (this.bytes === null) this.bytes = await consume(this.take(), toOwnBytes);
  }
}

/** The files of a job, each once, by what it is. */
class Files {
  list: Body[] = [];
  /** What is to be known of them when the job fails. */
  note = "";
  #indexes = new SafeWeakMap<object, number>();

  index(key: object, body: () => Body): number {
    const known = this.#indexes.get(key);
    if (known !== undefined) return known;
    const index = this.list.length;
    this.list[index] = body();
    this.#indexes.set(key, index);
    return index;
  }
}

/** A step as JSON, once it is known which files there are. */
type Step = (files: Files) => string;

interface State {
  source: Source;
  frames: number;
  steps: readonly Step[];
  output: object | null;
  isAuto: boolean;
}

const internal: unknown = { __proto__: null };
let stateOf!: (image: Image) => State;
let isImage!: (value: object) => boolean;

function step(name: string, options: unknown): Step {
  const text = `{"${name}":${JSONStringify(options ?? {})}}`;
  return () => text;
}

/** options as an object of its own, with one more member. */
function withMember(options: unknown, name: string, value: unknown): object {
  return { ...(isObject(options) ? options : null), [name]: value };
}

function sourceOf(input: unknown): Source {
  const source = new Source();
  if (isResponse(input)) {
    const { body, status } = responseState(input);
    if (status < 200 || status > 299) source.note = `; it is from a response with the status ${status}`;
    if (body !== null && body.unusable) throw new TypeError("The body of the response was read before");
    if (body === null) source.bytes = new Uint8Array(0);
    else source.body = body;
  } else if (isBufferSource(input)) {
    source.bytes = TypedArrayPrototypeSlice(bufferSource(input)) as Bytes;
  } else if (isObject(input)) {
    source.body = extractBody(input).body;
  } else {
    throw new TypeError("An Image is made of bytes, a Blob, a stream or a Response");
  }
  return source;
}

function pipeline(state: State, files: Files): string {
  const input = files.index(state.source, () => state.source.take());
  if (files.note === "") files.note = state.source.note;
  let steps = "";
  for (let i = 0; i < state.steps.length; i++) steps += (i > 0 ? "," : "") + state.steps[i]!(files);
  return `{"input":${input},"frames":${state.frames},"steps":[${steps}]}`;
}

async function run(state: State, output: object, accept: string): Promise<Result> {
  if (state.source.kept !== null) await state.source.kept;
  const files = new Files();
  const source = pipeline(state, files);
  return await doJob(`{"source":${source},"output":${JSONStringify(output)}}`, accept, files.list, files.note);
}

async function ask(state: State, output: object): Promise<unknown> {
  await state.source.keep();
  return JSONParse((await run(state, output, "")).answer);
}

export class Image {
  #state: State;

  static {
    stateOf = (image) => image.#state;
    isImage = (value) => #state in value;
  }

  constructor(input: unknown, options: unknown = undefined) {
    if (input === internal) {
      this.#state = options as State;
      return;
    }
    requireArguments(arguments.length, 1, "Image");
    const { frames } = (isObject(options) ? options : {}) as { frames?: unknown };
    this.#state = { source: sourceOf(input), frames: frames === undefined ? 1 : (frames as number) | 0, steps: [], output: null, isAuto: false };
  }

  #get(): State {
    if (!(#state in this)) illegalInvocation();
    return this.#state;
  }

  #with(next: Step): Image {
    const state = this.#get();
    const steps = ArrayPrototypeSlice(state.steps as Step[]) as Step[];
    steps[steps.length] = next;
    return newImage({ ...state, steps });
  }

  #output(format: string, options: unknown): Image {
    const state = this.#get();
    return newImage({ ...state, output: withMember(options, "format", format), isAuto: format === "auto" });
  }

  resize(options: unknown): Image {
    return this.#with(step("resize", options));
  }

  crop(options: unknown): Image {
    return this.#with(step("crop", options));
  }

  extend(options: unknown): Image {
    return this.#with(step("extend", options));
  }

  trim(options: unknown = undefined): Image {
    return this.#with(step("trim", options));
  }

  rotate(angle: unknown = 0, options: unknown = undefined): Image {
    return this.#with(step("rotate", withMember(options, "angle", angle)));
  }

  flip(direction: unknown = "horizontal"): Image {
    return this.#with(step("flip", { direction }));
  }

  overlay(image: unknown, options: unknown = undefined): Image {
    const over = isObject(image) && isImage(image) ? stateOf(image as Image) : stateOf(new Image(image));
    const text = JSONStringify(isObject(options) ? options : {});
    const before = text === "{}" ? "{" : `${StringPrototypeSlice(text, 0, -1)},`;
    return this.#with((files) => `{"overlay":${before}"image":${pipeline(over, files)}}}`);
  }

  text(text: unknown, options: unknown = undefined): Image {
    const { font } = (isObject(options) ? options : {}) as { font?: unknown };
    const rest = withMember(options, "text", DOMString(text)) as { font?: unknown };
    if (font === undefined) return this.#with(step("text", rest));
    const file = TypedArrayPrototypeSlice(bufferSource(font, "The font")) as Bytes;
    return this.#with((files) => {
      rest.font = files.index(file, () => new Body(file, null));
      return step("text", rest)(files);
    });
  }

  blur(sigma: unknown): Image {
    return this.#with(step("blur", { sigma }));
  }

  sharpen(options: unknown = undefined): Image {
    return this.#with(step("sharpen", options));
  }

  brightness(factor: unknown): Image {
    return this.#with(step("modulate", { brightness: factor }));
  }

  saturation(factor: unknown): Image {
    return this.#with(step("modulate", { saturation: factor }));
  }

  hue(angle: unknown): Image {
    return this.#with(step("modulate", { hue: angle }));
  }

  contrast(factor: unknown): Image {
    return this.#with(step("contrast", { factor }));
  }

  gamma(exponent: unknown): Image {
    return this.#with(step("gamma", { exponent }));
  }

  grayscale(): Image {
    return this.#with(step("grayscale", undefined));
  }

  negate(): Image {
    return this.#with(step("negate", undefined));
  }

  background(color: unknown): Image {
    return this.#with(step("background", { color }));
  }

  flatten(color: unknown = "#ffffff"): Image {
    return this.#with(step("background", { color }));
  }

  pixelate(size: unknown): Image {
    return this.#with(step("pixelate", { size }));
  }

  jpeg(options: unknown = undefined): Image {
    return this.#output("jpeg", options);
  }

  png(options: unknown = undefined): Image {
    return this.#output("png", options);
  }

  webp(options: unknown = undefined): Image {
    return this.#output("webp", options);
  }

  avif(options: unknown = undefined): Image {
    return this.#output("avif", options);
  }

  gif(options: unknown = undefined): Image {
    return this.#output("gif", options);
  }

  auto(options: unknown = undefined): Image {
    return this.#output("auto", options);
  }

  metadata(): Promise<unknown> {
    const { source } = this.#get();
    return ask({ source, frames: 1, steps: [], output: null, isAuto: false }, { ask: "metadata" });
  }

  blurhash(options: unknown = undefined): Promise<unknown> {
    const { x = 4, y = 3 } = (isObject(options) ? options : {}) as { x?: unknown; y?: unknown };
    return ask(this.#get(), { ask: "blurhash", components: [x, y] });
  }

  dominantColor(): Promise<unknown> {
    return ask(this.#get(), { ask: "color" });
  }

  async toBytes(options: unknown = undefined): Promise<Bytes> {
    const state = this.#get();
    const { accept } = (isObject(options) ? options : {}) as { accept?: unknown };
    const { body } = await run(state, state.output ?? {}, acceptOf(accept));
    return consume(body, toOwnBytes);
  }

  async toResponse(options: unknown = undefined): Promise<Response> {
    const state = this.#get();
    const { accept, headers } = (isObject(options) ? options : {}) as { accept?: unknown; headers?: unknown };
    const { format, body } = await run(state, state.output ?? {}, acceptOf(accept));
    const response = withOwnHeaders(dataResponse("", `image/${format}`, body));
    const list = responseState(response).headers;
    if (state.isAuto) list.append("vary", "Accept");
    list.append("x-content-type-options", "nosniff");
    if (headers !== undefined) fillHeaders(list, headers);
    return response;
  }
}

function newImage(state: State): Image {
  return new (Image as any)(internal, state);
}

function acceptOf(value: unknown): string {
  return value === undefined || value === null ? "" : DOMString(value);
}

defineInterface(Image, "Image", {
  enumerable: [
    "resize", "crop", "extend", "trim", "rotate", "flip", "overlay", "text", "blur", "sharpen", "brightness", "saturation", "hue", "contrast", "gamma", "grayscale", "negate",
    "background", "flatten", "pixelate", "jpeg", "png", "webp", "avif", "gif", "auto", "metadata", "blurhash", "dominantColor", "toBytes", "toResponse",
  ],
});
