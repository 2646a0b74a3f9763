// A reviver that adds to what is revived.
// outcome: exceeded-cpu | exceeded-memory
// status: 503
// then: ok

export default function () {
  JSON.parse("[[[1]]]", function (key, value) {
    if (typeof value === "object") value[0] = [JSON.parse("[[1]]", (k, v) => { for (let i = 0; i < 1e9; i++) v = [v]; return v; })];
    return value;
  });
}
