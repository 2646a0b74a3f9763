/** @jsxImportSource preact */
import { useState } from "preact/hooks";
import { render } from "preact-render-to-string";
import { renderToReadableStream } from "preact-render-to-string/stream";

function Plants({ names }: { names: string[] }) {
  const [count] = useState(names.length);
  return (
    <ul title={`${count} plants`}>
      {names.map((name) => (
        <li key={name}>{name}</li>
      ))}
    </ul>
  );
}

export default {
  async fetch(request: Request): Promise<Response> {
    const page = <Plants names={["yew", "<hornbeam>"]} />;
    const html = new URL(request.url).pathname === "/stream" ? renderToReadableStream(page) : render(page);
    return new Response(html, { headers: { "content-type": "text/html" } });
  },
};
