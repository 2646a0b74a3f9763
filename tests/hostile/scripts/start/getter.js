// A module whose exports throw.
// when: start
// says: not this one

export default { get fetch() { throw new Error("not this one"); } };
