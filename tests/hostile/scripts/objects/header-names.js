// Names and values with everything that could end a line, each to be refused.
// outcome: ok
// status: 200
// then: ok
// limits: cpu = "2s"

export default function () {
  const taken = [];
  for (let code = 0; code < 0x3000; code++) {
    const c = String.fromCharCode(code);
    if (/[\r\n\0]|[^\x00-\xff]/.test(c)) try { new Headers({ x: `a${c}b` }); taken.push(code); } catch {}
    if (!/[\w!#$%&'*+.^`|~-]/.test(c)) try { new Headers({ [`a${c}`]: "b" }); taken.push(code); } catch {}
  }
  return taken.length > 0 ? new Response(taken.join(), { status: 500 }) : new Response("all refused");
}
