// Promise.all over an iterator that is never done.
// outcome: exceeded-cpu | exceeded-memory
// status: 503
// then: ok

export default async function () {
  await Promise.all({ [Symbol.iterator]: () => ({ next: () => ({ done: false, value: null }) }) });
}
