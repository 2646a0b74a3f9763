// node:os: what can be said where there is no machine to speak of.
const signals = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGABRT: 6, SIGKILL: 9, SIGUSR1: 10, SIGSEGV: 11, SIGUSR2: 12, SIGPIPE: 13, SIGALRM: 14, SIGTERM: 15 };
const errno = { EACCES: 13, EADDRINUSE: 98, ECONNREFUSED: 111, ECONNRESET: 104, EEXIST: 17, EINVAL: 22, ENOENT: 2, EPERM: 1, EPIPE: 32, ETIMEDOUT: 110 };

export default {
  EOL: "\n",
  devNull: "/dev/null",
  constants: { signals, errno, priority: {}, dlopen: {} },
  arch: () => "",
  availableParallelism: () => 1,
  cpus: () => [],
  endianness: () => "LE",
  freemem: () => 0,
  getPriority: () => 0,
  homedir: () => "/",
  hostname: () => "localhost",
  loadavg: () => [0, 0, 0],
  machine: () => "",
  networkInterfaces: () => ({}),
  platform: () => "linux",
  release: () => "",
  tmpdir: () => "/tmp",
  totalmem: () => 0,
  type: () => "Linux",
  uptime: () => performance.now() / 1000,
  userInfo: () => ({ uid: -1, gid: -1, username: "", homedir: "/", shell: null }),
  version: () => "",
};
