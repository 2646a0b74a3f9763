// A module that takes all memory.
// when: start
// says: limits.memory
// limits: memory = "32MiB"

const kept = [];
for (;;) kept.push(new Uint8Array(1 << 22).fill(1));
