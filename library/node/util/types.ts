// node:util/types: the kinds of objects, by what cannot be forged.
import { kindOf } from "hedge:runtime";

function kind(value: unknown): string {
  return (typeof value === "object" && value !== null) || typeof value === "function" ? kindOf(value) : "";
}

const is =
  (...names: string[]) =>
  (value: unknown): boolean =>
    names.includes(kind(value));

/** The name of a typed array's class, which its accessor alone knows. */
const tag = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag)!.get!;
const isTyped = (name: string) => (value: unknown) => ArrayBuffer.isView(value) && tag.call(value) === name;

export default {
  isAnyArrayBuffer: is("ArrayBuffer", "SharedArrayBuffer"),
  isArgumentsObject: is("Arguments"),
  isArrayBuffer: is("ArrayBuffer"),
  isArrayBufferView: ArrayBuffer.isView,
  isAsyncFunction: is("AsyncFunction"),
  isBigInt64Array: isTyped("BigInt64Array"),
  isBigIntObject: is("BigInt"),
  isBigUint64Array: isTyped("BigUint64Array"),
  isBooleanObject: is("Boolean"),
  isBoxedPrimitive: is("BigInt", "Boolean", "Number", "String", "Symbol"),
  isCryptoKey: (value: unknown) => value instanceof CryptoKey,
  isDataView: is("DataView"),
  isDate: is("Date"),
  isExternal: is("External"),
  isFloat16Array: isTyped("Float16Array"),
  isFloat32Array: isTyped("Float32Array"),
  isFloat64Array: isTyped("Float64Array"),
  isGeneratorFunction: is("GeneratorFunction"),
  isGeneratorObject: is("Generator"),
  isInt16Array: isTyped("Int16Array"),
  isInt32Array: isTyped("Int32Array"),
  isInt8Array: isTyped("Int8Array"),
  isKeyObject: () => false,
  isMap: is("Map"),
  isMapIterator: is("MapIterator"),
  isModuleNamespaceObject: is("ModuleNamespace"),
  isNativeError: is("Error"),
  isNumberObject: is("Number"),
  isPromise: is("Promise"),
  isProxy: is("Proxy"),
  isRegExp: is("RegExp"),
  isSet: is("Set"),
  isSetIterator: is("SetIterator"),
  isSharedArrayBuffer: is("SharedArrayBuffer"),
  isStringObject: is("String"),
  isSymbolObject: is("Symbol"),
  isTypedArray: is("TypedArray"),
  isUint16Array: isTyped("Uint16Array"),
  isUint32Array: isTyped("Uint32Array"),
  isUint8Array: isTyped("Uint8Array"),
  isUint8ClampedArray: isTyped("Uint8ClampedArray"),
  isWeakMap: is("WeakMap"),
  isWeakSet: is("WeakSet"),
};
