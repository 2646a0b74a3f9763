// Keeps a stream that does not end.
// outcome: exception | exceeded-cpu
// status: 500 | 503
// then: ok

import { set } from "hedge:cache";

export default async function () {
  await set("endless", new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(65536)); } }));
  return new Response("it has ended");
}
