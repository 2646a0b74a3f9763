// A response whose body somebody else is reading.
// outcome: exception
// status: 500
// then: ok

export default function () {
  const response = new Response(new ReadableStream());
  response.body.getReader().read();
  return response;
}
