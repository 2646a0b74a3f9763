// The globals of this folder, as apps see them.

/** https://console.spec.whatwg.org/ Text with levels goes to the log of the app. */
interface Console {
  debug(...data: unknown[]): void;
  /** Strings as they are, other values as text for people. A string in front can have %s, %d, %i, %f, %o, %O and %c. */
  log(...data: unknown[]): void;
  info(...data: unknown[]): void;
  warn(...data: unknown[]): void;
  error(...data: unknown[]): void;
  /** Logs, with the call stack. */
  trace(...data: unknown[]): void;
  /** Logs an error when the condition is false. */
  assert(condition?: unknown, ...data: unknown[]): void;
  /** Ends all groups. */
  clear(): void;
  /** Logs how often it has been called for the label. */
  count(label?: string): void;
  countReset(label?: string): void;
  /** Indents what follows, up to groupEnd. */
  group(...data: unknown[]): void;
  groupCollapsed(...data: unknown[]): void;
  groupEnd(): void;
  /** Logs rows and columns; properties are the columns to show. */
  table(tabularData?: unknown, properties?: Iterable<string>): void;
  dir(item?: unknown, options?: { depth?: number | null; colors?: boolean; showHidden?: boolean }): void;
  dirxml(...data: unknown[]): void;
  /** Starts a timer. Time stands still while code runs, and goes on when it waits. */
  time(label?: string): void;
  timeLog(label?: string, ...data: unknown[]): void;
  timeEnd(label?: string): void;
  timeStamp(label?: string): void;
}

declare var console: Console;
