// Fetches its own address, for ever.
// outcome: ok
// status: 508
// then: ok

export default (request, env) => fetch(env.ORIGIN + "/edge/net.loop.test/loop", { headers: request.headers });
