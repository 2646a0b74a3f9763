// Counts up as often as it may, in many calls at once.
// outcome: exceeded-cpu
// status: 503
// then: ok

import { increment } from "hedge:cache";

export default async function () {
  for (;;) await Promise.all(Array.from({ length: 100 }, () => increment("count", 1, { ttl: 1 })));
}
