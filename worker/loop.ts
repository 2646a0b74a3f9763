// The isolate's side of a turn: takes each frame to what it is for.
import { Kind, attach, begin, eachFrame, end, readList, readText, readWord, setInbox, setOutbox, turnTime, writeList, writeText, writeWord } from "../frame/frame.ts";
import { handleCancel, handleHostBody, handlePull } from "./bodies.ts";
import { findContext, openContext, runIn, type RequestContext } from "./context.ts";
import { makeError } from "./errors.ts";
import { handleFailure, handleResult } from "./ops.ts";
import { promiseRejected, settle } from "./rejections.ts";

const { setContext } = __host;

/** What the features above this layer do with the events of an app. */
export interface Events {
  /** An isolate has been made of the snapshot. */
  start(): void;
  /** A turn begins. now: milliseconds since the epoch, which stands still until the next turn. */
  turn(now: number): void;
  /** Imports the app's main module and answers Loaded or LoadFailed. */
  load(main: string, env: string): void;
  /** Answers a request. list: method, URL, then names and values. body: the host body's number, or 0. */
  request(context: RequestContext, list: string, body: number): void;
  /** Runs one timer that is due. */
  wake(owner: number): void;
  /** The exports of a hedge: module. */
  builtin(name: string): object | undefined;
  /**
   * Calls turn, in which an app is loaded and has two requests, with one in place of
   * the app that does what most do: it answers at once, and then later. Calls over behind that.
   */
  rehearse(turn: () => void, over: () => void): void;
  /** Makes a DataCloneError. */
  cloneError(message: string): unknown;
}

/** Registers the entry points with native code. Called once, while the snapshot is made. */
export function register(events: Events): void {
  const handle = (kind: number, id: number): void => dispatch(events, kind, id);
  const turn = (): void => {
    events.turn(turnTime());
    eachFrame(handle);
  };
  rehearse(events, turn);
  const start = (control: ArrayBuffer, inbox: ArrayBuffer, outbox: ArrayBuffer): void => {
    attach(control, inbox, outbox);
    events.start();
  };
  __host.register(
    start,
    turn,
    setInbox,
    setOutbox,
    settle,
    promiseRejected,
    (name) => events.builtin(name),
    (message) => events.cloneError(message),
  );
}

// V8 compiles a function when it is first called, and the snapshot keeps what has
// been compiled by then. So the way of an app's start and of its first answers is gone
// once while it is made: an isolate's first ones take a fraction of the time for that.
function rehearse(events: Events, turn: () => void): void {
  const control = new ArrayBuffer(48);
  const box = new ArrayBuffer(4096); // the inbox, and behind its frames the outbox
  attach(control, box, box);
  begin(Kind.Load, 0);
  writeText("");
  writeText("{}");
  end();
  for (let id = 1; id <= 2; id++) {
    begin(Kind.Request, id);
    writeWord(0);
    writeList("GET\0http://localhost/\0host\0localhost\0");
    end();
  }
  const words = new Uint32Array(control);
  words[0] = words[1]!;
  events.rehearse(turn, () => attach(new ArrayBuffer(48), new ArrayBuffer(0), new ArrayBuffer(0)));
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
    case Kind.Delivered:
      findContext(id)?.delivered();
      return;
    case Kind.Wake:
      return events.wake(id);
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
