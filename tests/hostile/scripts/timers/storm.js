// Each timer sets two.
// outcome: exceeded-cpu | exceeded-memory
// status: 503
// then: ok

export default async function () {
  const storm = () => { setTimeout(storm, 0); setTimeout(storm, 0); };
  storm();
  await new Promise(() => {});
}
