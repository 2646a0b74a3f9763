// What the tees of both kinds of streams share (Streams §4.9.1).

import { type Deferred, newDeferred } from "../core/primordials.ts";
import { resolveWith } from "./promises.ts";
import { cancelReadable, type Readable } from "./readable-core.ts";

/** The two streams that a tee makes. */
export interface Branches {
  first: Readable;
  second: Readable;
}

/** The cancelling of two branches: their source is cancelled when both are. */
export class TeeCancel {
  readonly deferred: Deferred<undefined> = newDeferred<undefined>();
  private readonly reasons: unknown[] = [undefined, undefined];
  private readonly cancelled: boolean[] = [false, false];

  constructor(private readonly stream: Readable) {}

  isCancelled(branch: 0 | 1): boolean {
    return this.cancelled[branch]!;
  }

  areBothCancelled(): boolean {
    return this.cancelled[0]! && this.cancelled[1]!;
  }

  /** A branch's cancel algorithm */
  cancel(branch: 0 | 1, reason: unknown): Promise<undefined> {
    this.cancelled[branch] = true;
    this.reasons[branch] = reason;
    if (this.areBothCancelled()) resolveWith(this.deferred, cancelReadable(this.stream, [this.reasons[0], this.reasons[1]]));
    return this.deferred.promise;
  }

  /** Ends what the branches that were cancelled wait for: their source has ended. */
  sourceEnded(): void {
    if (!this.areBothCancelled()) this.deferred.resolve(undefined);
  }
}
