// node:path/posix is node:path.
import path from "node:path";

export default path;
