// An event with a million listeners, each of which adds one and sends the event again.
// outcome: exceeded-cpu | exceeded-memory | exception
// then: ok

export default function () {
  const target = new EventTarget();
  const listen = () => target.addEventListener("a", () => { listen(); listen(); target.dispatchEvent(new Event("a")); });
  for (let i = 0; i < 1e3; i++) listen();
  target.dispatchEvent(new Event("a"));
  return new Response("done");
}
