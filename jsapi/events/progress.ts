// ProgressEvent: https://xhr.spec.whatwg.org/#interface-progressevent

import { defineInterface, dictionary, double, illegalInvocation, requireArguments } from "../core/webidl.ts";
import { Event } from "./event.ts";

export class ProgressEvent extends Event {
  #lengthComputable: boolean;
  #loaded: number;
  #total: number;

  constructor(type: unknown, init: unknown = undefined) {
    requireArguments(arguments.length, 1, "ProgressEvent");
    super(type, init);
    const { lengthComputable, loaded, total } = dictionary(init, "ProgressEvent: the options");
    this.#lengthComputable = !!lengthComputable;
    this.#loaded = loaded === undefined ? 0 : double(loaded, "ProgressEvent: loaded");
    this.#total = total === undefined ? 0 : double(total, "ProgressEvent: total");
  }

  get lengthComputable(): boolean {
    return #loaded in this ? this.#lengthComputable : illegalInvocation();
  }

  get loaded(): number {
    return #loaded in this ? this.#loaded : illegalInvocation();
  }

  get total(): number {
    return #loaded in this ? this.#total : illegalInvocation();
  }
}

defineInterface(ProgressEvent, "ProgressEvent", { enumerable: ["lengthComputable", "loaded", "total"] });
