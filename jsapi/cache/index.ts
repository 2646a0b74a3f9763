// What code keeps in the edge's cache.
import { defineGlobal, defineGlobalMember } from "../core/webidl.ts";
import { Cache, CacheStorage, caches } from "./storage.ts";
import { getOrSet } from "./compute.ts";
import { purge, purgeTag } from "./purge.ts";
import { get, getMulti, increment, remove, set, touch } from "./values.ts";

/** hedge:cache. */
export const module = { delete: remove, get, getMulti, getOrSet, increment, purge, purgeTag, set, touch };

/** Sets the globals of the Cache API. */
export function install(): void {
  defineGlobal("Cache", Cache);
  defineGlobal("CacheStorage", CacheStorage);
  defineGlobalMember("caches", caches);
}
