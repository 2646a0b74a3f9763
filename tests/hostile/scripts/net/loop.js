// Fetches its own address, for ever.
// outcome: loop-detected | exceeded-wall | exception | ok | exceeded-fetches
// then: ok
// needs: cordon
// host: 127.0.0.1
// limits: wall = "500ms"

export default (request, env) => fetch(env.ORIGIN + "/edge/127.0.0.1/loop", { headers: request.headers });
