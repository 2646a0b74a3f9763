// A form with a million fields, serialized.
// outcome: exceeded-memory | exceeded-cpu
// status: 503
// then: ok
// limits: cpu = "5s" | memory = "24MiB"

export default async function () {
  const form = new FormData();
  for (let i = 0; i < 1e6; i++) form.append("\r\n\"" + i, new Blob(["x"]), "n\r\n" + i);
  return new Response((await new Response(form).text()).slice(0, 10));
}
