// A thenable that resolves, rejects, resolves again and throws.
// outcome: ok
// status: 200
// then: ok

export default () => ({ then(resolve, reject) { resolve(new Response("first")); reject(new Error("second")); resolve("third"); throw new Error("fourth"); } });
