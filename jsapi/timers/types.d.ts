// The globals of this folder, as apps see them.

/**
 * Calls handler with args once, after delay milliseconds. Returns a number for clearTimeout. Timers end with the request
 * that set them; `ctx.waitUntil` keeps it going. https://html.spec.whatwg.org/#timers
 */
declare function setTimeout(handler: (...args: any[]) => unknown, delay?: number, ...args: any[]): number;
/** Calls handler again and again, every delay milliseconds. Returns a number for clearInterval. */
declare function setInterval(handler: (...args: any[]) => unknown, delay?: number, ...args: any[]): number;
/** Takes a timer back; a number that means none is ignored. */
declare function clearTimeout(id?: number): void;
declare function clearInterval(id?: number): void;
/** Calls callback when the code that runs has ended, before anything else does. */
declare function queueMicrotask(callback: () => void): void;
/** Reports an exception as one that nobody caught: to the listeners for "error", and to the log. */
declare function reportError(error: unknown): void;
