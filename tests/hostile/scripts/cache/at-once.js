// Keeps values without waiting for any of them.
// outcome: exceeded-cpu | exceeded-memory
// status: 503
// then: ok

import { set } from "hedge:cache";

export default function () {
  for (let i = 0; ; i++) set("key " + i, i);
}
