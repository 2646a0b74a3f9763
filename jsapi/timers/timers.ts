// Timers: HTML §8.6. The host is told of the next deadline only; each Wake runs
// one timer, so that microtasks run between two of them as between two tasks.
import { Kind, NoTimer, begin, end, turnTime, writeWord } from "../../frame/frame.ts";
import { contextId, currentContext, currentContinuation, runIn, type RequestContext } from "../../worker/context.ts";
import { MathCeil, MathMax, SafeMap } from "../core/primordials.ts";
import { reportException } from "../core/report.ts";

/** The longest delay; what is longer becomes 1, as browsers have it. */
const longestDelay = 2 ** 31 - 1;

class Timer {
  readonly id: number;
  readonly context: RequestContext | undefined;
  readonly within = currentContinuation();
  readonly callback: () => void;
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
}

/** A binary heap by deadline. Timers that were removed stay in it until they are due. */
const heap: Timer[] = [];
const active = new SafeMap<number, Timer>();
const owned = new SafeMap<RequestContext, number[]>();
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

/** The first timer that has not been removed. */
function first(): Timer | null {
  while (heap.length > 0 && active.get(heap[0]!.id) !== heap[0]) pop();
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
  let ids = owned.get(context);
  if (ids === undefined) {
    ids = [];
    owned.set(context, ids);
    context.onOver.add(() => {
      const list = owned.get(context)!;
      owned.delete(context);
      for (let i = 0; i < list.length; i++) active.delete(list[i]!);
      announce();
    });
  }
  ids[ids.length] = timer.id;
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
  if (active.delete(id)) announce();
}

/** Runs one timer that is due. Called for each Wake. */
export function wake(): void {
  announced = null;
  const timer = first();
  if (timer !== null && timer.deadline <= turnTime() + 1) run(timer);
  announce();
}

function run(timer: Timer): void {
  pop();
  if (timer.repeat === 0) active.delete(timer.id);
  runIn(timer.within, () => {
    try {
      timer.callback();
    } catch (error) {
      reportException(error);
    }
  });
  if (timer.repeat > 0 && active.get(timer.id) === timer) {
    timer.deadline = turnTime() + timer.repeat;
    timer.order = ++lastOrder;
    push(timer);
  }
}
