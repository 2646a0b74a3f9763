// What responses need of the WebSocket feature, which stands above this one.
import type { HostBody } from "../../worker/bodies.ts";

export interface Sockets {
  is(value: unknown): value is object;
  /** The WebSocket of a connection that the host has. */
  wrap(connection: HostBody): object;
  /** Gives a WebSocket to the client of the running request: calls done with the number of what the client goes on to talk with, or failed. */
  give(socket: object, done: (stream: number) => void, failed: (reason: unknown) => void): void;
}

let feature: Sockets;

export function setSockets(sockets: Sockets): void {
  feature = sockets;
}

export function sockets(): Sockets {
  return feature;
}
