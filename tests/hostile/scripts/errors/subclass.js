// An error class whose constructor, name and inheritance are traps.
// outcome: exception | exceeded-cpu
// then: ok

export default async function () {
  class Trap extends DOMException {
    constructor() { super("x", "AbortError"); }
    get name() { for (;;); }
    get message() { throw new Trap(); }
    get code() { throw new Trap(); }
    static get name() { throw new Trap(); }
  }
  throw new Trap();
}
