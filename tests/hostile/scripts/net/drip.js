// Passes on a body of which no more than a byte comes.
// outcome: ok | client-gone | exception
// then: ok
// reads: 1

export default (request, env) => fetch(env.ORIGIN + "/drip");
