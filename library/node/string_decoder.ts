// node:string_decoder.
import * as decoder from "string_decoder/";

export default { StringDecoder: decoder.StringDecoder };
