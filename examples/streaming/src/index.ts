interface Env {
  ORIGIN: string;
}

export default {
  async fetch(_request: Request, env: Env): Promise<Response> {
    const origin = env.ORIGIN === "" ? slowly() : await fetch(env.ORIGIN);
    if (origin.body === null) return origin;
    const body = origin.body
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(numberLines())
      .pipeThrough(new TextEncoderStream());
    return new Response(body, { headers: { "content-type": "text/plain; charset=utf-8" } });
  },
};

/** Puts its number in front of each line. No more than one unfinished line is kept. */
function numberLines(): TransformStream<string, string> {
  let rest = "";
  let count = 0;
  const numbered = (line: string) => `${String(++count).padStart(4)}  ${line}\n`;
  return new TransformStream({
    transform(chunk, controller) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop()!;
      if (lines.length > 0) controller.enqueue(lines.map(numbered).join(""));
    },
    flush(controller) {
      if (rest !== "") controller.enqueue(numbered(rest));
    },
  });
}

/** Stands for an origin that takes its time. */
function slowly(): Response {
  const lines = ["The first line comes at once,", "the second one later,", "and the others", "one by one", "as they are made."];
  const encoder = new TextEncoder();
  const body = new ReadableStream({
    async pull(controller) {
      const line = lines.shift();
      if (line === undefined) return controller.close();
      controller.enqueue(encoder.encode(`${line}\n`));
      await new Promise((resolve) => setTimeout(resolve, 400));
    },
  });
  return new Response(body);
}
