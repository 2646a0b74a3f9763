// A runtime that answers each frame with one of the next kind which holds the
// same values, read and written by frame.ts. The first value of a frame is text
// that names the types of the others.
import { attach, begin, eachFrame, end, readBytes, readList, readText, readWord, setInbox, setOutbox, writeBytes, writeList, writeText, writeWord } from "../frame.ts";

function echoValue(type: string): void {
  if (type === "word") writeWord(readWord());
  else if (type === "text") writeText(readText());
  else if (type === "list") writeList(readList());
  else writeBytes(readBytes());
}

function echo(kind: number, id: number): void {
  const types = readText();
  begin(kind + 1, id);
  writeText(types);
  if (types !== "") types.split(" ").forEach(echoValue);
  end();
}

const nothing = (): undefined => undefined;
__host.register(attach, () => eachFrame(echo), setInbox, setOutbox, nothing, nothing, nothing, nothing);
