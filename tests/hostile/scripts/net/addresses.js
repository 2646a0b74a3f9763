// Asks for what is not public, in every way in which an address can be written.
// outcome: ok
// status: 200
// then: ok
// limits: subrequests = 100

export default async function () {
  const hosts = [
    "10.0.0.1", "10.1.2.3:22", "192.168.0.1", "172.16.0.1", "172.31.255.255", "169.254.169.254", "169.254.170.2", "100.64.0.1", "100.100.100.200", "0.0.0.0", "0.0.0.1",
    "0x0a000001", "167772161", "012.0.0.1", "0xa.1", "10.1", "192.168.1", "3232235521", "0xc0.0xa8.0.1", "2852039166", "0xA9FEA9FE", "0251.0376.0251.0376",
    "[::]", "[::1]", "[::ffff:10.0.0.1]", "[::ffff:a9fe:a9fe]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b::10.0.0.1]", "[fd00:ec2::254]", "[fc00::1]", "[fe80::1]", "[2002:0a00:0001::]", "[2001:db8::1]", "[ff02::1]", "[::10.0.0.1]",
    "224.0.0.1", "255.255.255.255", "198.18.0.1", "192.0.2.1", "240.0.0.1", "\uff11\uff10.0.0.1", "10\u30020\u30020\u30021", "168.63.129.16", "192.0.0.192",
  ];
  const reached = [];
  for (const host of hosts) await fetch(`http://${host}/latest/meta-data/`).then(() => reached.push(host), (e) => { if (!/may not connect|is not allowed|refus/.test(e.message)) reached.push(`${host}: ${e.message}`); });
  return reached.length > 0 ? new Response(reached.join("\n"), { status: 500 }) : new Response("all refused");
}
