// node:stream/promises.
import Stream from "node:stream";

export default Stream.promises;
