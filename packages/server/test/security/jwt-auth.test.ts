import { generateKeyPairSync, type KeyObject } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { exportJWK, SignJWT, UnsecuredJWT } from "jose";
import { describe, expect, test } from "vitest";
import type { Identity } from "../../src/security/identity.js";
import { jwtAuth, type JwtAuthOptions } from "../../src/security/jwt-auth.js";

const SECRET = "a secret of thirty-two characters";
const secretKey = new TextEncoder().encode(SECRET);
const rsa = generateKeyPairSync("rsa", { modulusLength: 2_048 });
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const ed = generateKeyPairSync("ed25519");
const pem = (key: KeyObject): string => key.export({ type: "spki", format: "pem" }).toString();
const RIGHTS = { produce: ["orders.*"], subscribe: ["orders.>"], admin: false };

interface Signing {
  readonly alg?: string;
  readonly key?: KeyObject | Uint8Array;
  readonly kid?: string;
}

/** A token that is good, but for what is given. */
function sign(
  claims: Record<string, unknown> = {},
  { alg = "HS256", key = secretKey, kid }: Signing = {},
): Promise<string> {
  const now = Math.floor(Date.now() / 1_000);
  return new SignJWT({ sub: "ann", exp: now + 60, rtmsg: RIGHTS, ...claims })
    .setProtectedHeader({ alg, ...(kid !== undefined && { kid }) })
    .sign(key);
}

async function check(options: JwtAuthOptions, token: string | undefined): Promise<Identity> {
  return jwtAuth(options).authenticate(token, {} as IncomingMessage);
}

function refused(options: JwtAuthOptions, token: string | undefined, why: string): Promise<void> {
  return expect(check(options, token)).rejects.toMatchObject({
    code: "UNAUTHENTICATED",
    message: expect.stringContaining(why) as string,
  });
}

describe("a JWT", () => {
  test("says who one is, what one may do, and until when", async () => {
    const exp = Math.floor(Date.now() / 1_000) + 100;
    expect(await check({ secret: SECRET }, await sign({ exp }))).toEqual({
      name: "ann",
      rights: RIGHTS,
      expiresAt: exp * 1_000,
    });
    const { rights } = await check({ secret: SECRET }, await sign({ rtmsg: undefined }));
    expect(rights).toEqual({ produce: [], subscribe: [], admin: false });
  });

  test.each([
    ["RS256", rsa],
    ["ES256", ec],
    ["EdDSA", ed],
  ])("is checked with a public key: %s", async (alg, { privateKey, publicKey }) => {
    const token = await sign({}, { alg, key: privateKey });
    expect(await check({ publicKey: pem(publicKey) }, token)).toMatchObject({ name: "ann" });
  });

  test("is checked with the key of a set that it names, and with no other", async () => {
    const publicKey = JSON.stringify({
      keys: [{ ...(await exportJWK(ec.publicKey)), kid: "one", alg: "ES256" }],
    });
    const signing = { alg: "ES256", key: ec.privateKey };
    expect(await check({ publicKey }, await sign({}, { ...signing, kid: "one" }))).toMatchObject({
      name: "ann",
    });
    await refused(
      { publicKey },
      await sign({}, { ...signing, kid: "two" }),
      "a key that this broker does not know",
    );
  });

  test("must be as the broker expects it", async () => {
    const now = Math.floor(Date.now() / 1_000);
    const options = { secret: SECRET, issuer: "https://login.example", audience: "rtmsg" };
    const good = { iss: "https://login.example", aud: ["rtmsg", "other"] };
    expect(await check(options, await sign(good))).toMatchObject({ name: "ann" });
    await refused(options, undefined, "no token was given");
    await refused(options, await sign({ ...good, iss: "https://other.example" }), '"iss"');
    await refused(options, await sign({ ...good, aud: "other" }), '"aud"');
    await refused(options, await sign({ iss: good.iss }), 'it has no "aud"');
    await refused(options, await sign({ ...good, exp: now - 60 }), "it has expired");
    await refused(options, await sign({ ...good, exp: undefined }), 'it has no "exp"');
    await refused(options, await sign({ ...good, nbf: now + 60 }), '"nbf"');
    await refused(
      options,
      await sign({ ...good, rtmsg: { produce: "orders" } }),
      'claim "rtmsg" is malformed',
    );
    await refused(
      options,
      await sign({ ...good, rtmsg: { produce: ["a..b"] } }),
      'claim "rtmsg" is malformed',
    );
    expect(await check({ ...options, clockSkew: 90 }, await sign({ ...good, exp: now - 60 }))).toBeDefined();
  });

  test("is refused when it was tampered with, or signed by whom it should not", async () => {
    const token = await sign();
    const [head, payload, signature] = token.split(".") as [string, string, string];
    const admin = Buffer.from(JSON.stringify({ sub: "ann", exp: 9e9, rtmsg: { admin: true } })).toString(
      "base64url",
    );
    await refused({ secret: SECRET }, [head, admin, signature].join("."), "signature is wrong");
    await refused({ secret: "another secret, which is long enough" }, token, "signature is wrong");
    await refused({ secret: SECRET }, [head, payload, ""].join("."), "");
    await refused({ secret: SECRET }, "x".repeat(10_000), "it is no signed JWT");
  });

  test("cannot choose its algorithm", async () => {
    const none = new UnsecuredJWT({ sub: "ann", exp: 9e9, rtmsg: { admin: true } }).encode();
    await refused({ secret: SECRET }, none, "");
    await refused({ publicKey: pem(rsa.publicKey) }, none, "");
    // Signed with the public key, as if that were a secret.
    const confused = await sign({}, { key: new TextEncoder().encode(pem(rsa.publicKey)) });
    await refused({ publicKey: pem(rsa.publicKey) }, confused, "an algorithm that this broker does not take");
    const stronger = await sign({}, { alg: "HS512", key: new TextEncoder().encode(SECRET.repeat(2)) });
    await refused({ secret: SECRET.repeat(2) }, stronger, "an algorithm that this broker does not take");
  });

  test("is never quoted", async () => {
    const token = await sign({ exp: 1 });
    const error = await check({ secret: SECRET }, token).catch((cause: unknown) => cause as Error);
    expect(JSON.stringify(error)).not.toContain(token.slice(0, 20));
  });

  test("needs a key that is good for it", () => {
    expect(() => jwtAuth({})).toThrow("give one of the two");
    expect(() => jwtAuth({ secret: SECRET, publicKey: pem(rsa.publicKey) })).toThrow("give one of the two");
    expect(() => jwtAuth({ secret: "short" })).toThrow("has 5 bytes, and HS256 needs 32");
    expect(() => jwtAuth({ publicKey: "nonsense" })).toThrow("no PEM text");
    expect(() => jwtAuth({ publicKey: "{" })).toThrow("Key Set is malformed");
    const { publicKey } = generateKeyPairSync("x25519");
    expect(() => jwtAuth({ publicKey: pem(publicKey) })).toThrow("use RSA, P-256 or Ed25519");
  });
});
