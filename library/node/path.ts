// node:path, of a system with forward slashes. There are no files, so that a path
// is a text only; relative ones are taken to begin at "/".
import path from "path-browserify";

const { format } = path;
path.format = (parts: any) => format(parts?.ext && !parts.ext.startsWith(".") ? { ...parts, ext: `.${parts.ext}` } : parts);
path.toNamespacedPath = (name: unknown) => name;
export default path;
