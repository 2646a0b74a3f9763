// What code keeps in the edge's cache.
import { getOrSet } from "./compute.ts";
import { purge, purgeTag } from "./purge.ts";
import { get, getMulti, increment, remove, set, touch } from "./values.ts";

/** hedge:cache. */
export const module = { delete: remove, get, getMulti, getOrSet, increment, purge, purgeTag, set, touch };
