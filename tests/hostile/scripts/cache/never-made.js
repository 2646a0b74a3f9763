// Begins to make a value that others could wait for, and never does.
// outcome: hung
// status: 500
// then: ok

import { getOrSet } from "hedge:cache";

export default async function () {
  return Response.json(await getOrSet("never", 60, () => new Promise(() => {})));
}
