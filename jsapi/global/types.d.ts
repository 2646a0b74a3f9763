// The globals of this folder, as apps see them.

/** The global scope. */
declare var self: typeof globalThis;

/** Called with an exception that nobody caught; returning true keeps it out of the log. */
declare var onerror: ((message: string, file: string, line: number, column: number, error: unknown) => unknown) | null;
/** Called with a rejection that nobody handled; preventDefault() keeps it out of the log. */
declare var onunhandledrejection: ((event: PromiseRejectionEvent) => unknown) | null;
/** Called when a rejection gets its handler after all. */
declare var onrejectionhandled: ((event: PromiseRejectionEvent) => unknown) | null;

interface GlobalEventMap {
  error: ErrorEvent;
  unhandledrejection: PromiseRejectionEvent;
  rejectionhandled: PromiseRejectionEvent;
}
