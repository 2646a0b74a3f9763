// A buffer that is detached by the options that come behind it.
// outcome: ok | exception
// then: ok

export default async function () {
  const bytes = new Uint8Array(1e6);
  const response = new Response(bytes, { get status() { structuredClone(bytes, { transfer: [bytes.buffer] }); return 200; } });
  new TextDecoder().decode(bytes, { get stream() { bytes.buffer.resize?.(0); return true; } });
  return response;
}
