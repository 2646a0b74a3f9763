// Blob, File and FormData.

import { defineGlobal } from "../core/webidl.ts";
import { Blob, File } from "./blob.ts";
import { FormData } from "./formdata.ts";

export {
  type Blob,
  blobBytesSync,
  blobParts,
  blobSize,
  blobStream,
  blobType,
  cloneBlob,
  fileFacts,
  isBlob,
  isFile,
  newBlob,
  newFile,
} from "./blob.ts";
export { formDataEntries, isFormData } from "./formdata.ts";
export { encodeMultipart, parseMultipart } from "./multipart.ts";

/** Defines the globals of this folder. */
export function install(): void {
  defineGlobal("Blob", Blob);
  defineGlobal("File", File);
  defineGlobal("FormData", FormData);
}
