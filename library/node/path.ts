// node:path, of a system with forward slashes. There are no files, so that a path
// is a text only; relative ones are taken to begin at "/".
import path from "path-browserify";

path.toNamespacedPath = (name: unknown) => name;
export default path;
