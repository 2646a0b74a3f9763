// toJSON that has always one more level.
// outcome: exceeded-cpu | exception
// then: ok

export default function () {
  const level = () => ({ toJSON: () => ({ level: level(), width: [level(), level()] }) });
  return new Response(JSON.stringify(level()));
}
