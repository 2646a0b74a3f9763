// What an AbortSignal is inside: whether and why it is aborted, what then runs,
// and which signals depend on it (DOM, "AbortSignal"). It stands apart from the
// class because EventTarget needs it for the "signal" option of a listener.

import { ArrayPrototypeIndexOf, SafeSet, uncurryThis } from "../core/primordials.ts";
import { without } from "./lists.ts";

const WeakReference = WeakRef;
const WeakRefPrototypeDeref = uncurryThis(WeakRef.prototype.deref) as (ref: WeakRef<AbortState>) => AbortState | undefined;

/**
 * The state of one signal.
 *
 * A source does not keep its dependent signals alive, or a long-lived signal
 * would collect one for every AbortSignal.any that it was ever given to. It
 * holds on to those which somebody listens to: only they can be noticed.
 */
export class AbortState {
  aborted = false;
  reason: unknown = undefined;
  dependent = false;
  /** Those of a dependent signal. Their order is that of AbortSignal.any's list. */
  readonly sources: AbortState[] = [];
  readonly #signal: object;
  readonly #fire: (signal: object) => void;

  #algorithms: (() => void)[] = [];
  #dependents: WeakRef<AbortState>[] = [];
  #dependentsAtSweep = 16;
  #listenedTo: InstanceType<typeof SafeSet<AbortState>> | undefined;
  #listeners = 0;

  /** fire is to fire the "abort" event at the signal. */
  constructor(signal: object, fire: (signal: object) => void) {
    this.#signal = signal;
    this.#fire = fire;
  }

  /** Runs fn when the signal is aborted; never, if it already is. */
  add(fn: () => void): void {
    if (this.aborted) return;
    this.#algorithms[this.#algorithms.length] = fn;
    this.#retain();
  }

  remove(fn: () => void): void {
    this.#algorithms = without(this.#algorithms, fn);
    this.#retain();
  }

  /** Tells how many listeners of "abort" the signal has. */
  set listeners(count: number) {
    this.#listeners = count;
    this.#retain();
  }

  /** Makes this a dependent signal of source, or of source's own sources when it is dependent itself. */
  follow(source: AbortState): void {
    if (!source.dependent) {
      this.#followOne(source);
      return;
    }
    for (let i = 0; i < source.sources.length; i++) this.#followOne(source.sources[i]!);
  }

  /** DOM "signal abort". reason is given, not undefined. */
  abort(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    const dependents: AbortState[] = [];
    for (let i = 0; i < this.#dependents.length; i++) {
      const dependent = WeakRefPrototypeDeref(this.#dependents[i]!);
      if (dependent === undefined || dependent.aborted) continue;
      dependent.aborted = true;
      dependent.reason = reason;
      dependents[dependents.length] = dependent;
    }
    this.#dependents = [];
    this.#runAbortSteps();
    for (let i = 0; i < dependents.length; i++) dependents[i]!.#runAbortSteps();
  }

  #runAbortSteps(): void {
    const algorithms = this.#algorithms;
    this.#algorithms = [];
    for (let i = 0; i < algorithms.length; i++) algorithms[i]!();
    this.#fire(this.#signal);
    this.#retain();
  }

  #followOne(source: AbortState): void {
    if (ArrayPrototypeIndexOf(this.sources, source) >= 0) return;
    this.sources[this.sources.length] = source;
    source.#sweep();
    source.#dependents[source.#dependents.length] = new WeakReference<AbortState>(this);
  }

  /** Forgets collected dependents each time that their number has doubled. */
  #sweep(): void {
    if (this.#dependents.length < this.#dependentsAtSweep) return;
    const live: WeakRef<AbortState>[] = [];
    for (let i = 0; i < this.#dependents.length; i++) {
      const ref = this.#dependents[i]!;
      if (WeakRefPrototypeDeref(ref) !== undefined) live[live.length] = ref;
    }
    this.#dependents = live;
    this.#dependentsAtSweep = live.length < 8 ? 16 : live.length * 2;
  }

  #retain(): void {
    const used = !this.aborted && (this.#algorithms.length > 0 || this.#listeners > 0);
    for (let i = 0; i < this.sources.length; i++) {
      const source = this.sources[i]!;
      if (used) (source.#listenedTo ??= new SafeSet<AbortState>()).add(this);
      else source.#listenedTo?.delete(this);
    }
  }
}
