// The global of this folder, as apps see it.

/** https://developers.cloudflare.com/workers/runtime-apis/scheduler/ */
declare const scheduler: {
  /** A promise that is fulfilled after a delay in milliseconds, or rejected when the signal is aborted. */
  wait(delay: number, options?: { signal?: AbortSignal }): Promise<void>;
};
