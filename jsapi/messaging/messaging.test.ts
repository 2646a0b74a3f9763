import { deepEqual, equal, ok, test, throws } from "../core/testing.ts";

function next(port: MessagePort): Promise<MessageEvent> {
  return new Promise((resolve) => {
    port.onmessage = resolve;
  });
}

test("MessageChannel: messages arrive as copies, in order, and behind the running code", async () => {
  const { port1, port2 } = new MessageChannel();
  const heard: unknown[] = [];
  const sent = { a: 1 };
  port1.postMessage(sent);
  port1.postMessage("second");
  const done = new Promise<void>((resolve) => {
    port2.onmessage = (event) => {
      heard.push(event.data);
      if (heard.length === 2) resolve();
    };
  });
  equal(heard.length, 0);
  await done;
  deepEqual(heard, [{ a: 1 }, "second"]);
  ok(heard[0] !== sent);
});

test("MessageChannel: ports and buffers move", async () => {
  const outer = new MessageChannel();
  const inner = new MessageChannel();
  const buffer = new ArrayBuffer(8);
  const arrival = next(outer.port2);
  outer.port1.postMessage({ port: inner.port2, buffer }, [inner.port2, buffer]);
  equal(buffer.detached, true);
  throws(() => outer.port1.postMessage(0, [inner.port2]), "DataCloneError");
  throws(() => outer.port1.postMessage(0, [outer.port1]), "DataCloneError");
  const { data, ports } = await arrival;
  ok(ports[0] instanceof MessagePort && data.port === ports[0] && data.buffer.byteLength === 8);
  const answer = next(ports[0]!);
  inner.port1.postMessage("through");
  equal((await answer).data, "through");
});

test("MessagePort: close", async () => {
  const { port1, port2 } = new MessageChannel();
  const closed = new Promise((resolve) => {
    port2.onclose = resolve;
  });
  port1.close();
  port1.postMessage("lost");
  await closed;
  throws(() => port2.postMessage(() => {}), "DataCloneError");
  throws(() => new (MessagePort as any)(), TypeError);
});
