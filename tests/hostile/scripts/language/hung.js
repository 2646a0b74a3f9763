// Waits for a promise that another request would have to keep, and never will.
// outcome: hung
// status: 500
// then: ok

const turns = new Map();
export default function (request) {
  return new Promise((resolve) => turns.set(turns.size, resolve)).finally(() => turns.clear());
}
