// DOMException (Web IDL, "DOMException") and its one subclass, QuotaExceededError.

import { Error, ObjectSetPrototypeOf, RangeError, ReflectConstruct } from "../core/primordials.ts";
import { defineInterface, dictionary, DOMString, double, illegalInvocation, isObject } from "../core/webidl.ts";

/** The names table of Web IDL: names that still have a code. */
const codes = {
  __proto__: null,
  IndexSizeError: 1,
  HierarchyRequestError: 3,
  WrongDocumentError: 4,
  InvalidCharacterError: 5,
  NoModificationAllowedError: 7,
  NotFoundError: 8,
  NotSupportedError: 9,
  InUseAttributeError: 10,
  InvalidStateError: 11,
  SyntaxError: 12,
  InvalidModificationError: 13,
  NamespaceError: 14,
  InvalidAccessError: 15,
  TypeMismatchError: 17,
  SecurityError: 18,
  NetworkError: 19,
  AbortError: 20,
  URLMismatchError: 21,
  QuotaExceededError: 22,
  TimeoutError: 23,
  InvalidNodeTypeError: 24,
  DataCloneError: 25,
} as unknown as Readonly<Record<string, number | undefined>>;

/** Lets a subclass put private fields on an object that another constructor made. */
const Adopt = class {
  constructor(object: object) {
    return object;
  }
} as new (object: object) => object;

/** The internal slots of a DOMException, which is made by Error so that it is an error for the engine, too. */
class Slots extends Adopt {
  #name: string;
  #message: string;
  #code: number;

  constructor(object: object, name: string, message: string, code: number) {
    super(object);
    this.#name = name;
    this.#message = message;
    this.#code = code;
  }

  static in(value: object): boolean {
    return #name in value;
  }

  static nameOf(self: object): string {
    return isObject(self) && #name in self ? self.#name : illegalInvocation();
  }

  static messageOf(self: object): string {
    return isObject(self) && #name in self ? self.#message : illegalInvocation();
  }

  static codeOf(self: object): number {
    return isObject(self) && #name in self ? self.#code : illegalInvocation();
  }
}

export class DOMException {
  constructor(message: unknown = "", name: unknown = "Error") {
    const text = DOMString(message);
    const label = DOMString(name);
    // The message is for the stack's first line; what apps read is the attribute.
    const self = ReflectConstruct(Error, [text], new.target) as DOMException;
    delete (self as { message?: string }).message;
    new Slots(self, label, text, codes[label] ?? 0);
    return self;
  }

  get name(): string {
    return Slots.nameOf(this);
  }

  get message(): string {
    return Slots.messageOf(this);
  }

  get code(): number {
    return Slots.codeOf(this);
  }
}

ObjectSetPrototypeOf(DOMException.prototype, Error.prototype);
defineInterface(DOMException, "DOMException", {
  enumerable: ["name", "message", "code"],
  constants: {
    INDEX_SIZE_ERR: 1,
    DOMSTRING_SIZE_ERR: 2,
    HIERARCHY_REQUEST_ERR: 3,
    WRONG_DOCUMENT_ERR: 4,
    INVALID_CHARACTER_ERR: 5,
    NO_DATA_ALLOWED_ERR: 6,
    NO_MODIFICATION_ALLOWED_ERR: 7,
    NOT_FOUND_ERR: 8,
    NOT_SUPPORTED_ERR: 9,
    INUSE_ATTRIBUTE_ERR: 10,
    INVALID_STATE_ERR: 11,
    SYNTAX_ERR: 12,
    INVALID_MODIFICATION_ERR: 13,
    NAMESPACE_ERR: 14,
    INVALID_ACCESS_ERR: 15,
    VALIDATION_ERR: 16,
    TYPE_MISMATCH_ERR: 17,
    SECURITY_ERR: 18,
    NETWORK_ERR: 19,
    ABORT_ERR: 20,
    URL_MISMATCH_ERR: 21,
    QUOTA_EXCEEDED_ERR: 22,
    TIMEOUT_ERR: 23,
    INVALID_NODE_TYPE_ERR: 24,
    DATA_CLONE_ERR: 25,
  },
});

/** The DOMException for a quota that an operation would exceed, with the amounts where they are known. */
export class QuotaExceededError extends DOMException {
  #quota: number | null = null;
  #requested: number | null = null;

  constructor(message: unknown = "", options: unknown = undefined) {
    super(message, "QuotaExceededError");
    const dict = dictionary(options, "QuotaExceededError: the options");
    const quota = amount(dict.quota, "quota");
    const requested = amount(dict.requested, "requested");
    if (quota !== null && quota < 0) throw new RangeError("QuotaExceededError: quota is negative");
    if (requested !== null && requested < 0) throw new RangeError("QuotaExceededError: requested is negative");
    if (quota !== null && requested !== null && requested < quota) {
      throw new RangeError("QuotaExceededError: requested is less than quota");
    }
    this.#quota = quota;
    this.#requested = requested;
  }

  get quota(): number | null {
    return #quota in this ? this.#quota : illegalInvocation();
  }

  get requested(): number | null {
    return #requested in this ? this.#requested : illegalInvocation();
  }
}

defineInterface(QuotaExceededError, "QuotaExceededError", { enumerable: ["quota", "requested"] });

function amount(value: unknown, what: string): number | null {
  return value === undefined ? null : double(value, `QuotaExceededError: ${what}`);
}

/** Whether a value is a DOMException; its prototype does not matter. */
export function isDOMException(value: unknown): value is DOMException {
  return isObject(value) && Slots.in(value);
}

/** What structured serialization keeps of a DOMException, besides its stack; newDOMException makes it back. */
export function domExceptionParts(exception: DOMException): { name: string; message: string } {
  return { name: Slots.nameOf(exception), message: Slots.messageOf(exception) };
}

/** A DOMException, of the right class for its name. */
export function newDOMException(message: string, name: string): DOMException {
  return name === "QuotaExceededError" ? new QuotaExceededError(message) : new DOMException(message, name);
}
