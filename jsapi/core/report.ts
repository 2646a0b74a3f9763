// Where exceptions go that no code of the app is left to catch: those of event
// listeners, of timers' callbacks and of queueMicrotask. HTML calls it "report
// an exception". What happens then (an "error" event on the global, a line in
// the log) is the business of the layer that owns the global scope, which is
// built on top of those that report: it sets the reporter when it starts.

type Reporter = (error: unknown) => void;

let reporter: Reporter = () => {};

/** Reports an exception that nothing can catch any more. Never throws, and returns when the reporter is done. */
export function reportException(error: unknown): void {
  try {
    reporter(error);
  } catch {
    // The reporter runs code of the app ("error" listeners); HTML drops what goes wrong in it.
  }
}

/** Sets what reportException calls; there is one reporter. */
export function setReporter(fn: Reporter): void {
  reporter = fn;
}
