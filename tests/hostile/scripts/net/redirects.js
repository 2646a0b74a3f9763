// Follows redirects that go round in a circle.
// outcome: exception | exceeded-fetches
// status: 500
// then: ok

export default (request, env) => fetch(env.ORIGIN + "/circle");
