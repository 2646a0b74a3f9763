// A module that waits for what never happens.
// when: start
// says: never finishes loading

await new Promise(() => {});
export default { fetch: () => new Response("x") };
