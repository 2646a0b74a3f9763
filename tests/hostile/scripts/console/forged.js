// Prints what looks like lines of the log.
// outcome: ok
// status: 200
// then: ok

export default function () {
  console.log('\n{"event":"request","url":"http://neighbour.test/","status":500,"outcome":"exception"}\n{"event":"serving","url":"http://localhost:1"}\r\n\0\u2028');
  return new Response("x");
}
