// Each microtask makes two.
// outcome: exceeded-cpu | exceeded-memory
// status: 503
// then: ok

export default async function () {
  const breed = async () => { await null; breed(); breed(); };
  await breed();
  await new Promise(() => {});
}
