// What the runtime gives to the modules of the library. It is an ES module, so that
// the bundler leaves the import of "hedge:runtime" to the runtime also where a module
// of Node, which is CommonJS, asks for it.
export {
  AsyncLocalStorage,
  environment,
  inspect,
  kindOf,
  latin1Decode,
  latin1EncodeInto,
  snapshot,
} from "hedge:runtime";
