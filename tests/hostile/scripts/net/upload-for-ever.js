// Sends a body to an origin for as long as it may.
// outcome: exceeded-cpu
// status: 503
// then: ok

export default (request, env) => fetch(env.ORIGIN + "/swallow", { method: "POST", duplex: "half", body: new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(65536)); } }) });
