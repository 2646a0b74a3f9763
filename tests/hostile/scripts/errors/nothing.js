// Rejections with values that have nothing: symbols, null-prototype objects, undefined.
// outcome: exception
// status: 500
// then: ok

export default async function () {
  for (const value of [Symbol("s"), Object.create(null), undefined, 0n, -0, document => document, new (class extends null { constructor() { return Object.create(new.target.prototype); } })()]) Promise.reject(value);
  await null;
  throw Symbol.iterator;
}
