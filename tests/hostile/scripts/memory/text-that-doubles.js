// Doubles a text until it is as long as texts can be, and then looks into it.
// outcome: exception | exceeded-memory | exceeded-cpu
// then: ok
// needs: cordon

export default function () {
  let text = "0123456789abcdef";
  try { for (;;) text += text; } catch {}
  return new Response(`${text.charCodeAt(text.length - 1)}`);
}
