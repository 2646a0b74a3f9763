// Makes a value of itself.
// outcome: exception
// status: 500
// then: ok

import { getOrSet } from "hedge:cache";

const make = () => getOrSet("itself", 60, make);
export default async function () {
  return Response.json(await make());
}
