// Ops: what JavaScript asks of the host. An op is numbered, asynchronous, and
// belongs to the request that started it; it ends with that request.
import { Kind, begin, end, readText, readWord, writeEmpty, writeWord } from "../frame/frame.ts";
import { SafeMap } from "../jsapi/core/primordials.ts";
import { type Continuation, contextId, currentContext, currentContinuation, runIn, type RequestContext } from "./context.ts";

/** What happens when an op has ended. Exactly one of the two is called, once, unless the op is abandoned. */
export interface OpEnd {
  /** Reads the result from the frame, with the readers of frame.ts, before it returns. */
  done(): void;
  /** fault: for makeError. */
  failed(name: string, message: string, fault: number): void;
}

interface PendingOp {
  context: RequestContext | undefined;
  within: Continuation;
  end: OpEnd;
}

const pending = new SafeMap<number, PendingOp>();
let lastOp = 0;

/** Starts an op: write appends its payload. Returns its number, for abandonOp. */
export function startOp(code: number, write: () => void, opEnd: OpEnd): number {
  const context = currentContext();
  const id = ++lastOp;
  begin(Kind.Op, id);
  writeWord(contextId(context));
  writeWord(code);
  write();
  end();
  pending.set(id, { context, within: currentContinuation(), end: opEnd });
  return id;
}

/** Tells the host that an op's result is not wanted; neither end is called any more. */
export function abandonOp(id: number): void {
  if (pending.delete(id)) writeEmpty(Kind.Abandon, id);
}

export function handleResult(id: number): void {
  const op = pending.get(id);
  if (op === undefined) return;
  pending.delete(id);
  if (op.context === undefined || !op.context.over) runIn(op.within, () => op.end.done());
}

export function handleFailure(id: number): void {
  const op = pending.get(id);
  if (op === undefined) return;
  pending.delete(id);
  if (op.context !== undefined && op.context.over) return;
  const name = readText();
  const message = readText();
  const fault = readWord();
  runIn(op.within, () => op.end.failed(name, message, fault));
}
