// The job as an op: its description, its files, and what comes back.
import { readText, readWord, writeText, writeWord } from "../../frame/frame.ts";
import { HostBody } from "../../worker/bodies.ts";
import { makeError } from "../../worker/errors.ts";
import { startOp } from "../../worker/ops.ts";
import { newDeferred } from "../core/primordials.ts";
import { Body } from "../fetch/body.ts";
import { outgoing, writeInline, type Outgoing } from "../fetch/fetch.ts";

/** The number of the op, which image.go knows too. */
const imageOp = 60;

/** What has come out of a job: a file of a format, or an answer as JSON. */
export interface Result {
  format: string;
  body: Body | null;
  answer: string;
}

/** Has a job done. files are used up; note stands behind the message of an error. */
export function doJob(text: string, accept: string, files: readonly Body[], note: string): Promise<Result> {
  const done = newDeferred<Result>();
  const sent: Outgoing[] = [];
  for (let i = 0; i < files.length; i++) sent[i] = outgoing(files[i]!, 0, () => {});
  startOp(
    imageOp,
    () => {
      writeText(text);
      writeText(accept);
      writeWord(sent.length);
      for (let i = 0; i < sent.length; i++) {
        writeWord(sent[i]!.kind);
        writeWord(sent[i]!.stream);
        writeInline(sent[i]!.inline);
      }
    },
    {
      done() {
        const format = readText();
        const id = readWord();
        done.resolve({ __proto__: null, format, body: id === 0 ? null : new Body(new HostBody(id), null), answer: id === 0 ? readText() : "" } as Result);
      },
      failed: (name, message, fault) => done.reject(makeError(name, message + note, fault)),
    },
  );
  return done.promise;
}
