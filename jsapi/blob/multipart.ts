// multipart/form-data, both ways.

export { encodeMultipart } from "./multipart-encode.ts";
export { parseMultipart } from "./multipart-parse.ts";
