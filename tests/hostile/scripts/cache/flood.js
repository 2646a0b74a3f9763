// Keeps values, one after the other, for as long as it may.
// outcome: exceeded-cpu
// status: 503
// then: ok

import { set } from "hedge:cache";

const value = "x".repeat(10000);
export default async function () {
  for (let i = 0; ; i++) await set("key " + i, value);
}
