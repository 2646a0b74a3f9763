// A form to be parsed that has a million parts and a boundary that is almost everywhere.
// outcome: exceeded-memory | exceeded-cpu | exception
// then: ok
// limits: cpu = "2s" | memory = "24MiB"

export default async function () {
  const boundary = "-".repeat(70);
  const part = `--${boundary}\r\ncontent-disposition: form-data; name="a"\r\n\r\n${("\r\n--" + "-".repeat(69)).repeat(9)}\r\n`;
  const headers = { "content-type": "multipart/form-data; boundary=" + boundary };
  const form = await new Response(part.repeat(5e4) + `--${boundary}--\r\n`, { headers }).formData();
  return new Response(`${[...form].length}`);
}
