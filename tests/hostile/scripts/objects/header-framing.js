// Headers that say something else about the message than is true.
// outcome: ok
// status: 200
// then: ok

export default function () {
  return new Response("a body that is longer than five bytes\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", {
    headers: { "content-length": "5", "transfer-encoding": "chunked, identity", connection: "close, keep-alive, x", upgrade: "websocket", "keep-alive": "timeout=0", trailer: "content-length", te: "x" },
  });
}
