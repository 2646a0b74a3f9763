// The isolate's side of a turn: takes each frame to what it is for.
import { Kind, attach, eachFrame, readList, readText, readWord, setInbox, turnTime } from "../frame/frame.ts";
import { handleCancel, handleHostBody, handlePull } from "./bodies.ts";
import { findContext, openContext, runIn, type RequestContext } from "./context.ts";
import { makeError } from "./errors.ts";
import { handleFailure, handleResult } from "./ops.ts";
import { promiseRejected, settle } from "./rejections.ts";

const { setContext } = __host;

/** What the features above this layer do with the events of an app. */
export interface Events {
  /** A turn begins. now: milliseconds since the epoch, which stands still until the next turn. */
  turn(now: number): void;
  /** Imports the app's main module and answers Loaded or LoadFailed. */
  load(main: string, env: string): void;
  /** Answers a request. list: method, URL, then names and values. body: the host body's number, or 0. */
  request(context: RequestContext, list: string, body: number): void;
  /** Runs one timer that is due. */
  wake(): void;
  /** The exports of a hedge: module. */
  builtin(name: string): object | undefined;
  /** Makes a DataCloneError. */
  cloneError(message: string): unknown;
}

/** Registers the entry points with native code. Called once, while the snapshot is made. */
export function register(events: Events): void {
  const handle = (kind: number, id: number): void => dispatch(events, kind, id);
  __host.register(
    attach,
    () => {
      events.turn(turnTime());
      eachFrame(handle);
    },
    setInbox,
    settle,
    promiseRejected,
    (name) => events.builtin(name),
    (message) => events.cloneError(message),
  );
}

function dispatch(events: Events, kind: number, id: number): void {
  switch (kind) {
    case Kind.Request: {
      const body = readWord();
      const list = readList();
      const context = openContext(id);
      setContext(context);
      events.request(context, list, body);
      setContext(undefined);
      return;
    }
    case Kind.Result:
      return handleResult(id);
    case Kind.Failure:
      return handleFailure(id);
    case Kind.Chunk:
    case Kind.End:
    case Kind.Break:
      return handleHostBody(kind, id);
    case Kind.Pull:
      return handlePull(id);
    case Kind.Cancel:
      return handleCancel(id);
    case Kind.Abort:
      return handleAbort(id);
    case Kind.Wake:
      return events.wake();
    case Kind.Load:
      return events.load(readText(), readText());
  }
}

function handleAbort(id: number): void {
  const context = findContext(id);
  if (context === undefined) return;
  const final = readWord() === 1;
  const reason = makeError("AbortError", readText());
  runIn(context, () => context.abort(reason));
  if (final) context.end();
}
