import * as jose from "jose";

const secret = new TextEncoder().encode("a secret of thirty-two bytes, or more");

export default {
  async fetch(): Promise<Response> {
    const claims: unknown[] = [];
    const token = await new jose.SignJWT({ plant: "yew" }).setProtectedHeader({ alg: "HS256" }).setIssuer("garden").setExpirationTime("2h").sign(secret);
    claims.push((await jose.jwtVerify(token, secret, { issuer: "garden" })).payload.plant);
    for (const alg of ["ES256", "RS256", "EdDSA"]) {
      const { publicKey, privateKey } = await jose.generateKeyPair(alg, { extractable: true });
      const signed = await new jose.SignJWT({ alg }).setProtectedHeader({ alg }).sign(privateKey);
      const key = await jose.importJWK(await jose.exportJWK(publicKey), alg);
      claims.push((await jose.jwtVerify(signed, key)).payload.alg);
    }
    const sealed = await new jose.EncryptJWT({ sealed: true }).setProtectedHeader({ alg: "dir", enc: "A256GCM" }).encrypt(secret.slice(0, 32));
    claims.push((await jose.jwtDecrypt(sealed, secret.slice(0, 32))).payload.sealed);
    await jose.jwtVerify(token, secret, { issuer: "another" }).catch((error) => claims.push(error.code));
    return Response.json(claims);
  },
};
