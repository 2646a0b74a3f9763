// Timers that clear and set each other from within, a thousand times.
// outcome: ok | exceeded-cpu
// then: ok

export default async function () {
  const ids = [];
  let n = 0;
  await new Promise((resolve) => {
    const again = () => { for (const id of ids.splice(0, 5)) clearTimeout(id); for (let i = 0; i < 6; i++) ids.push(setTimeout(again, 0)); if (++n === 1000) { ids.forEach(clearTimeout); resolve(); } };
    again();
  });
  return new Response("x");
}
