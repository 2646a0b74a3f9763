// A hundred thousand headers in one answer.
// outcome: ok | exception | exceeded-size | exceeded-cpu | exceeded-memory
// then: ok
// limits: cpu = "1s"

export default function () {
  const headers = new Headers();
  for (let i = 0; i < 1e5; i++) headers.append("set-cookie", `c${i}=${"v".repeat(40)}`);
  return new Response("x", { headers });
}
