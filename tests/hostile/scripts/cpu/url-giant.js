// A URL of a hundred megabytes, full of what has to be taken out again.
// outcome: exceeded-cpu | exceeded-memory | exception
// then: ok

export default function () {
  const url = new URL("http://a/" + "b/../\t%2e%2e/".repeat(8e6));
  return new Response(`${url.href.length}`);
}
