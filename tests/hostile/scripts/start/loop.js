// A module that never ends.
// when: start
// says: limits.startup_cpu
// limits: startup_cpu = "200ms"

for (;;);
