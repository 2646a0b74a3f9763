// Timers: HTML §8.6. The host is told of the next deadline only; each Wake runs
// one timer, so that microtasks run between two of them as between two tasks.
import { Kind, NoTimer, begin, end, turnTime, writeWord } from "../../frame/frame.ts";
import { contextId, currentContext, currentContinuation, runIn, type Continuation, type RequestContext } from "../../worker/context.ts";
import { MathCeil, MathMax, SafeMap, SafeSet } from "../core/primordials.ts";
import { reportException } from "../core/report.ts";

/** The longest delay; what is longer becomes 1, as browsers have it. */
const longestDelay = 2 ** 31 - 1;

class Timer {
  readonly id: number;
  context: RequestContext | undefined;
  within: Continuation = currentContinuation();
  /** null once the timer has been removed. */
  callback: (() => void) | null;
  /** The interval in milliseconds, or 0 for a timer that runs once. */
  readonly repeat: number;
  deadline: number;
  /** Among equal deadlines, the order in which they were set. */
  order: number;

  constructor(id: number, context: RequestContext | undefined, callback: () => void, delay: number, repeats: boolean) {
    this.id = id;
    this.context = context;
    this.callback = callback;
    this.repeat = repeats ? MathMax(delay, 1) : 0;
    this.deadline = turnTime() + delay;
    this.order = ++lastOrder;
  }

  /** Lets go of what the app has given: a timer that was removed may stay in the heap for long. */
  clear(): void {
    this.context = undefined;
    this.within = undefined;
    this.callback = null;
  }
}

/** A binary heap by deadline. Timers that were removed stay in it until they are due, or are half of it. */
let heap: Timer[] = [];
const active = new SafeMap<number, Timer>();
const owned = new SafeMap<RequestContext, InstanceType<typeof SafeSet<Timer>>>();
let lastID = 0;
let lastOrder = 0;
let announced: Timer | null = null;

function before(a: Timer, b: Timer): boolean {
  return a.deadline < b.deadline || (a.deadline === b.deadline && a.order < b.order);
}

function push(timer: Timer): void {
  let i = heap.length;
  heap[i] = timer;
  while (i > 0) {
    const parent = (i - 1) >> 1;
    if (!before(timer, heap[parent]!)) break;
    heap[i] = heap[parent]!;
    i = parent;
  }
  heap[i] = timer;
}

function pop(): void {
  const last = heap[heap.length - 1]!;
  heap.length--;
  if (heap.length === 0) return;
  let i = 0;
  for (;;) {
    let child = 2 * i + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
    if (!before(heap[child]!, last)) break;
    heap[i] = heap[child]!;
    i = child;
  }
  heap[i] = last;
}

/** Takes those that were removed out of the heap once they are more than half of it, so that each costs a few steps. */
function sweep(): void {
  if (heap.length <= 2 * active.size) return;
  const all = heap;
  heap = [];
  for (let i = 0; i < all.length; i++) {
    if (all[i]!.callback !== null) push(all[i]!);
  }
}

/** The first timer that has not been removed. */
function first(): Timer | null {
  while (heap.length > 0 && heap[0]!.callback === null) pop();
  return heap.length > 0 ? heap[0]! : null;
}

/** Tells the host of the next deadline, if it is another one. */
function announce(): void {
  const next = first();
  if (next === announced) return;
  announced = next;
  begin(Kind.Timer, next === null ? 0 : contextId(next.context));
  writeWord(next === null ? NoTimer : MathCeil(MathMax(next.deadline - turnTime(), 0)));
  end();
}

// A request's timers end with it.
function own(timer: Timer, context: RequestContext): void {
  let timers = owned.get(context);
  if (timers === undefined) {
    timers = new SafeSet<Timer>();
    owned.set(context, timers);
    context.onOver.add(() => {
      owned.get(context)!.forEach(remove);
      owned.delete(context);
      sweep();
      announce();
    });
  }
  timers.add(timer);
}

function remove(timer: Timer): void {
  active.delete(timer.id);
  if (timer.context !== undefined) owned.get(timer.context)!.delete(timer);
  timer.clear();
}

function add(delay: number, callback: () => void, repeats: boolean): number {
  const wait = delay >= 0 && delay <= longestDelay ? delay : 1;
  const context = currentContext();
  const timer = new Timer(++lastID, context, callback, delay > 0 ? wait : 0, repeats);
  if (context !== undefined && context.over) return timer.id;
  active.set(timer.id, timer);
  push(timer);
  if (context !== undefined) own(timer, context);
  announce();
  return timer.id;
}

/** Calls callback once, after a delay in milliseconds. Returns an id for removeTimer. */
export function addTimer(delay: number, callback: () => void): number {
  return add(delay, callback, false);
}

/** Calls callback again and again. */
export function addInterval(delay: number, callback: () => void): number {
  return add(delay, callback, true);
}

/** Removes a timer; an id that is unknown means nothing. */
export function removeTimer(id: number): void {
  const timer = active.get(id);
  if (timer === undefined) return;
  remove(timer);
  sweep();
  announce();
}

/**
 * Runs one timer that is due. Called for each Wake, whose turn is at the cost of the request that the announced timer
 * belonged to. Since it was sent another one may have become the first: if it is not that request's, it has its own Wake.
 */
export function wake(owner: number): void {
  announced = null;
  const timer = first();
  if (timer !== null && contextId(timer.context) === owner && timer.deadline <= turnTime() + 1) run(timer);
  announce();
}

function run(timer: Timer): void {
  pop();
  const callback = timer.callback!;
  const within = timer.within;
  if (timer.repeat === 0) remove(timer);
  runIn(within, () => {
    try {
      callback();
    } catch (error) {
      reportException(error);
    }
  });
  if (timer.repeat > 0 && timer.callback !== null) {
    timer.deadline = turnTime() + timer.repeat;
    timer.order = ++lastOrder;
    push(timer);
  }
}
