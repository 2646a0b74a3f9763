// What is called when something comes about, unless it is taken back before.
import { ArrayPrototypeIndexOf } from "../jsapi/core/primordials.ts";

/** Functions that are called once, all together and in the order in which they were added. They must not throw. */
export class Callbacks<T> {
  #list: ((value: T) => void)[] = [];

  add(fn: (value: T) => void): void {
    this.#list[this.#list.length] = fn;
  }

  /** Takes back add of the same fn; one that was called or never added means nothing. */
  delete(fn: (value: T) => void): void {
    const at = ArrayPrototypeIndexOf(this.#list, fn);
    if (at < 0) return;
    for (let i = at + 1; i < this.#list.length; i++) this.#list[i - 1] = this.#list[i]!;
    this.#list.length--;
  }

  /** Calls them, and forgets them. */
  run(value: T): void {
    const list = this.#list;
    this.#list = [];
    for (let i = 0; i < list.length; i++) list[i]!(value);
  }
}
