// What an app prints.
import { Kind, begin, end, writeText, writeWord } from "../frame/frame.ts";
import { contextId, currentContext } from "./context.ts";

/** The levels, in the order of their numbers. */
export type Level = "debug" | "log" | "info" | "warn" | "error";

function levelNumber(level: Level): number {
  switch (level) {
    case "debug":
      return 0;
    case "log":
      return 1;
    case "info":
      return 2;
    case "warn":
      return 3;
    default:
      return 4;
  }
}

/** Sends a line to the host. site: "file:line:column", or "". */
export function print(level: Level, text: string, site: string): void {
  begin(Kind.Console, contextId(currentContext()));
  writeWord(levelNumber(level));
  writeText(site);
  writeText(text);
  end();
}
