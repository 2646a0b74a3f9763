// A service worker that answers many times, late, and with what is no response.
// outcome: ok | exception | no-response | hung
// then: none
// form: module

addEventListener("fetch", (event) => {
  event.respondWith(Promise.reject(new Error("first")).catch(() => new Response("fine")));
  for (let i = 0; i < 1000; i++) try { event.respondWith(new Proxy({}, {})); } catch {}
  setTimeout(() => { try { event.respondWith(new Response("late")); } catch {} event.waitUntil(new Promise(() => {})); }, 1);
});
addEventListener("fetch", (event) => { event.stopImmediatePropagation(); throw new Error("second"); });
