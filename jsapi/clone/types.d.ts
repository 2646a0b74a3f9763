// The globals of this folder, as apps see them.

/** What can be moved to where a copy goes. A stream that is locked cannot; what goes through one afterwards is copied. */
type Transferable = ArrayBuffer | MessagePort | ReadableStream | WritableStream | TransformStream;

/**
 * A deep copy. What is listed in transfer is moved, and cannot be used here any more. Throws a DataCloneError for functions,
 * symbols and whatever else has no copy. https://html.spec.whatwg.org/#dom-structuredclone
 */
declare function structuredClone<T>(value: T, options?: { transfer?: Iterable<Transferable> }): T;
