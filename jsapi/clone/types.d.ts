// The globals of this folder, as apps see them.

/**
 * A deep copy. ArrayBuffers in transfer are moved, and detached here. Throws a DataCloneError for functions,
 * symbols and whatever else has no copy. https://html.spec.whatwg.org/#dom-structuredclone
 */
declare function structuredClone<T>(value: T, options?: { transfer?: Iterable<ArrayBuffer> }): T;
