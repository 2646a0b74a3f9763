// An app that rewrites what it is sent, in the way that the path names.
const rewriters: Record<string, HTMLRewriter> = {
  "/links": new HTMLRewriter().on("a[href]", {
    element(a) {
      a.setAttribute("href", "https://example.com" + a.getAttribute("href"));
    },
  }),
  "/text": new HTMLRewriter().on("p", { text() {} }),
};

export default {
  async fetch(request: Request): Promise<Response> {
    const rewriter = rewriters[new URL(request.url).pathname];
    const response = new Response(request.body);
    return rewriter === undefined ? response : rewriter.transform(response);
  },
};
