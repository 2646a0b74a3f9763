// A module that ends the process of whoever loads it.
// when: start
// says: start-split
// needs: cordon

"abc".repeat(1e8).split("");
export default { fetch: () => new Response("x") };
