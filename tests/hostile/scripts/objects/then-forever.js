// A handler that returns a thenable which never calls back, in a loop.
// outcome: exceeded-cpu
// status: 503
// then: ok

export default () => ({ then() { for (;;); } });
