// Sockets that have the host at their other end. websocket.go has the ops.
import { readWord, writeWord } from "../../frame/frame.ts";
import { HostBody, sendBody } from "../../worker/bodies.ts";
import { startOp } from "../../worker/ops.ts";
import { ArrayPrototypeIncludes, ArrayPrototypeJoin, ObjectCreate, PromisePrototypeThen } from "../core/primordials.ts";
import { makeError } from "../../worker/errors.ts";
import { fetch } from "../fetch/fetch.ts";
import { responseState, type Response } from "../fetch/response.ts";
import { HostInbox } from "./inbox.ts";
import { Ready, type Socket } from "./socket.ts";

const serveOp = 3;
const acceptOp = 4;

/** Makes the socket one that the client of the running request talks with. done gets the number of the host's end. */
export function serve(socket: Socket, done: (stream: number) => void, failed: (reason: unknown) => void): void {
  const out = sendBody(socket.outbox, 0, () => {});
  startOp(serveOp, () => writeWord(out), {
    done() {
      const messages = readWord();
      const answer = readWord();
      socket.keep();
      socket.connect(new HostInbox(new HostBody(messages)));
      done(answer);
    },
    failed: (name, message) => failed(makeError(name, message)),
  });
}

/** Takes over a connection that the host has. opened is called before anything is heard. */
export function take(socket: Socket, connection: HostBody, opened: () => void): void {
  const out = sendBody(socket.outbox, 0, () => {});
  const body = connection.take();
  const write = (): void => {
    writeWord(body);
    writeWord(out);
  };
  startOp(acceptOp, write, {
    done() {
      const inbox = new HostInbox(new HostBody(readWord()));
      opened();
      socket.connect(inbox);
    },
    failed: () => socket.lost(),
  });
}

/** WHATWG WebSockets "establish a WebSocket connection". url has the scheme http or https. */
export function open(socket: Socket, url: string, protocols: readonly string[]): void {
  const headers = ObjectCreate(null) as Record<string, string>;
  headers.upgrade = "websocket";
  if (protocols.length > 0) headers["sec-websocket-protocol"] = ArrayPrototypeJoin(protocols, ", ");
  PromisePrototypeThen(
    fetch(url, { __proto__: null, headers, redirect: "error" }),
    (response) => answered(socket, response, protocols),
    () => socket.lost(),
  );
}

function answered(socket: Socket, response: Response, protocols: readonly string[]): void {
  const state = responseState(response);
  const protocol = state.headers.get("sec-websocket-protocol");
  const connection = state.connection;
  const agreed = protocol === null || ArrayPrototypeIncludes(protocols, protocol);
  if (connection === null || !agreed || socket.ready !== Ready.Connecting) {
    if (connection !== null) connection.cancel();
    if (state.body !== null) state.body.cancel(undefined);
    socket.lost();
    return;
  }
  socket.protocol = protocol ?? "";
  take(socket, connection, () => {
    if (socket.ready === Ready.Connecting) socket.opened();
    else socket.leave();
  });
}
