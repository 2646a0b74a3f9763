// The functions that the native side (v8/) hands to the built-ins. They are the
// whole of what JavaScript can ask of C++; everything else is a frame.

/** The intrinsics. Every one is synchronous, touches only its arguments, and never calls back. */
interface Host {
  /** UTF-8 of a string; lone surrogates become U+FFFD. */
  utf8Encode(text: string): Uint8Array<ArrayBuffer>;
  /** Writes the UTF-8 of text at offset; returns the bytes written, or -1 (nothing useful written) when it does not fit. */
  utf8EncodeInto(text: string, into: Uint8Array, offset: number): number;
  /** The WHATWG encodeInto: writes whole characters only. Returns read * 2**32 + written. */
  utf8EncodePart(text: string, into: Uint8Array): number;
  /** The text of bytes [start, end); malformed sequences become U+FFFD as the Encoding standard says. No BOM handling. */
  utf8Decode(bytes: Uint8Array, start: number, end: number): string;
  /** Whether bytes [start, end) are well-formed UTF-8. */
  utf8Valid(bytes: Uint8Array, start: number, end: number): boolean;
  /** Each byte as the code point of the same number (isomorphic decode). */
  latin1Decode(bytes: Uint8Array, start: number, end: number): string;
  /** Writes the low byte of each code unit at offset; returns the bytes written, or -1 when it does not fit or a unit is above 0xFF. */
  latin1EncodeInto(text: string, into: Uint8Array, offset: number): number;
  /** UTF-16 of bytes, little endian, as is (start and end must be even in distance). */
  utf16Decode(bytes: Uint8Array, start: number, end: number): string;
  /** What characters of size bytes each, one behind the other, stand for in a converter of ICU; 0 for those that stand for
   *  nothing. undefined when there is no such converter. */
  codePoints(converter: string, characters: Uint8Array, size: number): Uint32Array<ArrayBuffer> | undefined;
  /** UTS #46 domain to ASCII as the URL standard calls it (non-transitional, no STD3 rules), or undefined on failure. */
  domainToASCII(domain: string, beStrict: boolean): string | undefined;
  /** A copy of the bytes of a module; whatever is no ArrayBuffer or view as it is. Throws a CompileError for a module that defines a shared memory. */
  wasmSource(value: unknown): unknown;
  /** Cryptographically strong random bytes. */
  randomFill(bytes: Uint8Array): void;
  /** The value that follows promises, timers and streams: the current request's context, or undefined at start-up. */
  getContext(): unknown;
  setContext(value: unknown): void;
  /** StructuredSerialize + StructuredDeserialize of platform-free values, transferring the ArrayBuffers listed.
   *  Throws what the registered cloneError makes, also for objects that V8's serialiser does not know. Objects of which
   *  isPlatformObject says so are not taken apart: their place is taken by what copy returns. It is not asked about
   *  objects whose prototype is Object.prototype or null. */
  structuredClone(
    value: unknown,
    transfer: ArrayBuffer[],
    isPlatformObject?: (object: object) => boolean,
    copy?: (object: object) => object,
  ): unknown;
  /** An exception taken apart, as the payload of a frame (see v8/error.cc). Never runs code of the app. name and message, if given, stand for its own. */
  describeError(error: unknown, name?: string, message?: string): Uint8Array<ArrayBuffer>;
  /** "file:line:column" of the innermost call outside the runtime, or "". */
  callSite(): string;
  /** [state, result]: state 0 pending, 1 fulfilled, 2 rejected. */
  promiseState(promise: Promise<unknown>): [number, unknown];
  /** [target, handler] of a proxy, or undefined for what is no proxy. */
  proxyDetails(value: unknown): [object, object] | undefined;
  /** The internal [[Class]]-like kind of an object, which cannot be forged: "Date", "RegExp", "Map", "Set", "WeakMap",
   *  "WeakSet", "Promise", "Proxy", "Error", "ArrayBuffer", "SharedArrayBuffer", "DataView", "TypedArray", "Array",
   *  "Function", "AsyncFunction", "GeneratorFunction", "Generator", "Boolean", "Number", "String", "Symbol", "BigInt",
   *  "MapIterator", "SetIterator", "ModuleNamespace", "External", "Arguments", "Object". */
  kindOf(value: object): string;
  /** The name of the constructor that made an object, without running code. */
  constructorName(value: object): string;
  /** Entries of a Map, Set or iterator of them, without running code: flat [k, v, …] for maps, [v, …] for sets. */
  previewEntries(value: object): unknown[];
  /** Marks a promise's rejection as handled. */
  markHandled(promise: Promise<unknown>): void;
  /** A larger, empty outbox, which takes the place of the present one. */
  growOutbox(size: number): ArrayBuffer;
  /** What import(specifier) does at the root of the release. */
  importModule(specifier: string): Promise<object>;
  /** Hands native code the entry points of the runtime: see Entry in v8/internal.h. Once, while the snapshot is made. */
  register(
    start: (control: ArrayBuffer, inbox: ArrayBuffer, outbox: ArrayBuffer) => void,
    turn: () => void,
    setInbox: (inbox: ArrayBuffer) => void,
    setOutbox: (outbox: ArrayBuffer) => void,
    settle: () => void,
    promiseRejected: (event: number, promise: Promise<unknown>, reason: unknown) => void,
    builtinModule: (name: string) => object | undefined,
    cloneError: (message: string) => unknown,
  ): void;
}

declare const __host: Host;
