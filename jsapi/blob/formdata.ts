// FormData (XMLHttpRequest standard, https://xhr.spec.whatwg.org/#interface-formdata).

import { TypeError } from "../core/primordials.ts";
import { defineInterface, illegalInvocation, isObject, makeIterable, requireArguments, USVString } from "../core/webidl.ts";
import { blobParts, blobType, fileFacts, isBlob, isFile, newFile, type File } from "./blob.ts";

/** A name and its value, as iteration gives them. */
export type FormDataEntry = readonly [name: string, value: string | File];

let slotOf: (form: object) => FormDataEntry[] | undefined;

export class FormData {
  #entries: FormDataEntry[] = [];

  static {
    slotOf = (form) => (#entries in form ? form.#entries : undefined);
  }

  constructor(form: unknown = undefined) {
    if (form !== undefined) throw new TypeError("FormData: the argument is not an HTMLFormElement; there are none here");
  }

  append(name: unknown, value: unknown, filename: unknown = undefined): void {
    const entries = entriesOf(this);
    const entry = newEntry("append", arguments.length, name, value, filename);
    entries[entries.length] = entry;
  }

  delete(name: unknown): void {
    const entries = entriesOf(this);
    requireArguments(arguments.length, 1, "FormData.delete");
    removeFrom(entries, USVString(name), 0);
  }

  get(name: unknown): string | File | null {
    const entries = entriesOf(this);
    requireArguments(arguments.length, 1, "FormData.get");
    const index = findFrom(entries, USVString(name));
    return index < 0 ? null : entries[index]![1];
  }

  getAll(name: unknown): (string | File)[] {
    const entries = entriesOf(this);
    requireArguments(arguments.length, 1, "FormData.getAll");
    const key = USVString(name);
    const values: (string | File)[] = [];
    for (let i = 0; i < entries.length; i++) {
      if (entries[i]![0] === key) values[values.length] = entries[i]![1];
    }
    return values;
  }

  has(name: unknown): boolean {
    const entries = entriesOf(this);
    requireArguments(arguments.length, 1, "FormData.has");
    return findFrom(entries, USVString(name)) >= 0;
  }

  set(name: unknown, value: unknown, filename: unknown = undefined): void {
    const entries = entriesOf(this);
    const entry = newEntry("set", arguments.length, name, value, filename);
    const index = findFrom(entries, entry[0]);
    if (index < 0) {
      entries[entries.length] = entry;
      return;
    }
    entries[index] = entry;
    removeFrom(entries, entry[0], index + 1);
  }
}

defineInterface(FormData, "FormData", { enumerable: ["append", "delete", "get", "getAll", "has", "set"] });
makeIterable(FormData, "FormData", entriesOf);

function entriesOf(form: unknown): FormDataEntry[] {
  return (isObject(form) ? slotOf(form) : undefined) ?? illegalInvocation();
}

function findFrom(entries: readonly FormDataEntry[], name: string): number {
  for (let i = 0; i < entries.length; i++) {
    if (entries[i]![0] === name) return i;
  }
  return -1;
}

/** Removes the entries of a name from an index on. */
function removeFrom(entries: FormDataEntry[], name: string, index: number): void {
  let kept = index;
  for (let i = index; i < entries.length; i++) {
    const entry = entries[i]!;
    if (entry[0] !== name) entries[kept++] = entry;
  }
  entries.length = kept;
}

/** The overloads of append and set, and XHR's "create an entry". */
function newEntry(method: string, given: number, name: unknown, value: unknown, filename: unknown): FormDataEntry {
  requireArguments(given, 2, `FormData.${method}`);
  const key = USVString(name);
  if (given > 2 && !isBlob(value)) throw new TypeError(`FormData.${method}: a file name is for a Blob, and the value is not one`);
  if (!isBlob(value)) return [key, USVString(value)];
  const label = filename === undefined ? undefined : USVString(filename);
  if (!isFile(value)) return [key, newFile(blobParts(value), label ?? "blob", blobType(value))];
  if (label === undefined) return [key, value];
  return [key, newFile(blobParts(value), label, blobType(value), fileFacts(value).lastModified)];
}

/** Whether a value is a FormData, by its brand. */
export function isFormData(value: unknown): value is FormData {
  return isObject(value) && slotOf(value) !== undefined;
}

/** A form's entries, in order: the list itself, to be read only. */
export function formDataEntries(form: FormData): readonly FormDataEntry[] {
  return entriesOf(form);
}

/** Adds an entry as it is. */
export function appendEntry(form: FormData, name: string, value: string | File): void {
  const entries = entriesOf(form);
  entries[entries.length] = [name, value];
}
