// The same response for all requests: its body is used up.
// outcome: ok | exception
// then: ok

const response = new Response("x");
response.text();
export default () => response;
