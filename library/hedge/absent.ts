// What stands in for a module of Node that is not there, where a package imports it. Most
// packages that do never come to use it here, so that they load; what they call of it says
// what is missing.

/** Names that must not look like functions: interop, await and inspection ask for them. */
const unclaimed = new Set<PropertyKey>(["__esModule", "default", "then", "toJSON"]);

/** Makes the exports of the module. What is read of them is a function that throws. */
export function absent(module: string): object {
  // What bundlers make of a CommonJS module copies its own properties, and has its prototype.
  return Object.create(new Proxy({}, { get: (_, name) => member(module, module.replace(/^node:|\/.*$/g, ""), name) }));
}

function member(module: string, owner: string, name: PropertyKey): unknown {
  if (typeof name === "symbol" || unclaimed.has(name)) return undefined;
  const called = `${owner}.${String(name)}`;
  const refuse = function (): never { // a class may extend it, and instanceof ask for its prototype
    throw new Error(`${module} is not available: ${called} was called`);
  };
  return new Proxy(refuse, {
    get: (target, property, receiver) => (property in target ? Reflect.get(target, property, receiver) : member(module, called, property)),
  });
}
