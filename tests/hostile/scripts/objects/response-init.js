// Numbers and texts of a response that change whenever they are looked at.
// outcome: exception
// status: 500
// then: ok

export default function () {
  let n = 0;
  const change = { valueOf: () => [200, 99, 1e9, NaN, "101", -1][n++ % 6], toString: () => ["a", "\r\n", "\0"][n++ % 3] };
  for (;;) new Response("x", { status: change, statusText: change, headers: { [change]: change } });
}
