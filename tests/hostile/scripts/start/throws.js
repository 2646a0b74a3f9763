// A module that throws what cannot be shown.
// when: start
// says: failed to load: Error: x

throw new Proxy(new Error("x"), { get() { throw 1; } });
