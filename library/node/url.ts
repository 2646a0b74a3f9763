// node:url: the standard's URL, and Node's older parser from the package url.
import * as legacy from "url/";

// The package keeps the user and password of one host for another one.
const { resolveObject } = legacy.Url.prototype;
legacy.Url.prototype.resolveObject = function (relative: any): any {
  const other = typeof relative === "string" ? legacy.parse(relative, false, true) : relative;
  const resolved = resolveObject.call(this, other);
  if (!other.host || other.host === this.host || other.auth) return resolved;
  resolved.auth = null;
  resolved.href = resolved.format();
  return resolved;
};

/** The path that a file: URL names. */
function fileURLToPath(url: string | URL): string {
  const { protocol, hostname, pathname } = typeof url === "string" ? new URL(url) : url;
  if (protocol !== "file:") throw new TypeError("fileURLToPath: the URL must be of scheme file");
  if (hostname !== "") throw new TypeError("fileURLToPath: the URL's host must be empty");
  if (/%2f/i.test(pathname)) throw new TypeError("fileURLToPath: the path must not have encoded slashes");
  return decodeURIComponent(pathname);
}

function pathToFileURL(path: string): URL {
  const url = new URL("file:///");
  url.pathname = (path.startsWith("/") ? path : `/${path}`).replace(/[%\\\n\r\t?#]/g, encodeURIComponent);
  return url;
}

function domainToASCII(domain: string): string {
  try {
    return new URL(`ws://${domain}`).hostname;
  } catch {
    return "";
  }
}

function urlToHttpOptions(url: URL): Record<string, unknown> {
  const { protocol, hostname, hash, search, pathname, href, port, username, password } = url;
  const options: Record<string, unknown> = { protocol, hostname: hostname.replace(/^\[(.*)\]$/, "$1"), hash, search, pathname, path: pathname + search, href };
  if (port !== "") options.port = Number(port);
  if (username !== "" || password !== "") options.auth = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return options;
}

/** url.format, which takes URLs as well. */
function format(url: unknown, options: { auth?: boolean; fragment?: boolean; search?: boolean } = {}): string {
  if (!(url instanceof URL)) return legacy.format(url);
  const copy = new URL(url);
  if (options.auth === false) copy.username = copy.password = "";
  if (options.fragment === false) copy.hash = "";
  if (options.search === false) copy.search = "";
  return copy.href;
}

export default {
  URL,
  URLSearchParams,
  URLPattern,
  Url: legacy.Url,
  parse: legacy.parse,
  resolve: legacy.resolve,
  resolveObject: legacy.resolveObject,
  format,
  fileURLToPath,
  pathToFileURL,
  domainToASCII,
  urlToHttpOptions,
};
