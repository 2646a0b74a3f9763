// A module that is done, and leaves microtasks without end behind.
// when: start
// says: limits.startup_cpu
// limits: startup_cpu = "200ms"

const again = () => Promise.resolve().then(again);
again();
export default { fetch: () => new Response("x") };
