// A regular expression whose program is larger than memory.
// outcome: exception | exceeded-cpu | exceeded-memory
// then: ok

export default function () {
  return new Response(`${/(?:(?:a{0,9999}b{0,9999}){0,9999}){0,9999}c/.test("ab".repeat(9999))}`);
}
