import bcrypt from "bcryptjs";
import cookie from "cookie-signature";
import jwt from "jsonwebtoken";
import { generateKeyPair } from "node:crypto";
import { promisify } from "node:util";

const pem = { publicKeyEncoding: { type: "spki", format: "pem" }, privateKeyEncoding: { type: "pkcs8", format: "pem" } };
const pair = (type, options) => promisify(generateKeyPair)(type, { ...options, ...pem });

export default {
  async fetch() {
    const rsa = await pair("rsa", { modulusLength: 2048 });
    const ec = await pair("ec", { namedCurve: "P-256" });
    const keys = {
      HS256: { privateKey: "a secret", publicKey: "a secret" },
      RS256: rsa,
      ES256: ec,
    };
    const claims = Object.entries(keys).map(([algorithm, { privateKey, publicKey }]) => {
      const token = jwt.sign({ algorithm }, privateKey, { algorithm, expiresIn: "2h", issuer: "garden" });
      const forged = token.replace(/\.[^.]+\./, `.${btoa('{"algorithm":"another"}').replace(/=/g, "")}.`);
      let refusal;
      try { jwt.verify(forged, publicKey, { algorithms: [algorithm] }); } catch (error) { refusal = error.message; }
      return [jwt.verify(token, publicKey, { algorithms: [algorithm], issuer: "garden" }).algorithm, refusal];
    });
    const signed = cookie.sign("yew", "a secret");
    claims.push([cookie.unsign(signed, "a secret"), cookie.unsign(signed, "another")]);
    const hash = bcrypt.hashSync("a password", 4);
    claims.push([bcrypt.compareSync("a password", hash), bcrypt.compareSync("another", hash)]);
    return Response.json(claims);
  },
};
