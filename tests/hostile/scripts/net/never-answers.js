// Waits for an origin that never answers.
// outcome: exceeded-wall
// status: 504
// then: ok
// limits: wall = "300ms"

export default (request, env) => fetch(env.ORIGIN + "/never");
