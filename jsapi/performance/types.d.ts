// The globals of this folder, as apps see them.

/** https://w3c.github.io/hr-time/ */
declare class Performance extends EventTarget {
  private constructor();
  /** When now() was 0, in milliseconds since 1970. */
  readonly timeOrigin: number;
  /** Milliseconds since timeOrigin. It stands still while code runs, and goes on when it waits for something. */
  now(): number;
  toJSON(): { timeOrigin: number };
}

declare var performance: Performance;

declare class Navigator {
  private constructor();
  /** "Hedge". */
  readonly userAgent: string;
}

declare var navigator: Navigator;
