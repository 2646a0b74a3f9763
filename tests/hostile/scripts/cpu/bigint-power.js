// A number of millions of digits.
// outcome: exceeded-cpu | exceeded-memory | exception
// then: ok

export default function () {
  let n = 3n;
  for (;;) n **= 7n;
}
