// An upload that nobody reads.
// outcome: ok
// status: 200
// then: ok
// method: POST
// sends: 8388608

export default () => new Response("x");
