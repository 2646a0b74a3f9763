// What Node's functions fail with when a signal that was given to them is aborted.

export function aborted(signal: AbortSignal): Error {
  return Object.assign(new Error("The operation was aborted", { cause: signal.reason }), { name: "AbortError", code: "ABORT_ERR" });
}
