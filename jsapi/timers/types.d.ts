// The globals of this folder, as apps see them.

/** Calls handler once, after delay milliseconds. Returns a number for clearTimeout. */
declare function setTimeout(handler: (...args: any[]) => unknown, delay?: number, ...args: any[]): number;
/** Calls handler again and again, every delay milliseconds. Returns a number for clearInterval. */
declare function setInterval(handler: (...args: any[]) => unknown, delay?: number, ...args: any[]): number;
declare function clearTimeout(id?: number): void;
declare function clearInterval(id?: number): void;
/** Calls callback when the code that runs has ended, before anything else does. */
declare function queueMicrotask(callback: () => void): void;
/** Reports an exception as one that nobody caught. */
declare function reportError(error: unknown): void;
