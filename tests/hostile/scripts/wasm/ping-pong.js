// WebAssembly and JavaScript call each other, deeper each time, through getters and toString.
// outcome: exception | exceeded-cpu
// then: ok

const code = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 2, 7, 1, 1, 109, 1, 102, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 103, 0, 1, 10, 6, 1, 4, 0, 16, 0, 11]);
export default function () {
  let g;
  const f = () => { `${{ toString: g }}`; };
  ({ g } = new WebAssembly.Instance(new WebAssembly.Module(code), { m: { f } }).exports);
  g();
}
