// node:perf_hooks: performance, which is a global.
export default { performance, Performance, constants: {} };
