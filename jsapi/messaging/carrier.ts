// What carries the chunks of a stream that has been transferred: a channel without the objects that apps see.

import { addTransferable, cloneWithTransfer } from "../clone/clone.ts";
import {
  type Carrier,
  type CarrierMessage,
  isLockedForTransfer,
  isTransferableStream,
  newStreamReceiver,
  transferStream,
} from "../streams/index.ts";
import { addTimer } from "../timers/index.ts";

/** Messages are delivered as those of ports are: behind the running code, as that of the request which sent them. */
class End implements Carrier {
  receive: (type: CarrierMessage, value: unknown) => void = () => {};
  other: End | undefined = undefined;
  closed = false;

  send(type: CarrierMessage, value: unknown): void {
    const copy = cloneWithTransfer(value, []).value;
    const other = this.other;
    if (this.closed || other === undefined || other.closed) return;
    addTimer(0, () => {
      if (!other.closed) other.receive(type, copy);
    });
  }

  close(): void {
    this.closed = true;
  }
}

function connect(): [End, End] {
  const first = new End();
  const second = new End();
  first.other = second;
  second.other = first;
  return [first, second];
}

/** Makes streams transferable. Called once. */
export function connectStreams(): void {
  addTransferable({
    is: isTransferableStream,
    obstacle: (stream) => (isLockedForTransfer(stream) ? "a stream that is locked" : undefined),
    receiver: newStreamReceiver,
    move: (stream, receiver) => transferStream(stream, receiver, connect),
  });
}
