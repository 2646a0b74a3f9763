// An interval of nothing.
// outcome: exceeded-cpu | exceeded-wall
// then: ok
// limits: wall = "2s"

export default async function () {
  await new Promise(() => setInterval(() => { for (let i = 0; i < 1e4; i++); }, 0));
}
