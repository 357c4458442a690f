import { createPublicKey, type KeyObject } from "node:crypto";
import {
  createLocalJWKSet,
  errors,
  jwtVerify,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyGetKey,
} from "jose";
import { z } from "zod";
import { RtmsgError } from "../protocol/error.js";
import type { Authentication } from "./authentication.js";
import { NO_RIGHTS, type Rights } from "./identity.js";
import { rightsShape } from "./rights-schema.js";

/** Options of `jwtAuth`: a secret, or a public key. */
export interface JwtAuthOptions {
  /** The secret of HS256, 32 bytes at least. */
  readonly secret?: string | Uint8Array | undefined;
  /**
   * The public key as PEM text: RSA is used with RS256, P-256 with ES256, Ed25519 with EdDSA. Or a JSON Web
   * Key Set as JSON text, whose keys are told apart by `kid` and each say their `alg`.
   */
  readonly publicKey?: string | undefined;
  /** What `iss` must be. */
  readonly issuer?: string | undefined;
  /** What `aud` must be, or must hold. */
  readonly audience?: string | undefined;
  /**
   * How far apart the clocks may be, in seconds.
   * @default 5
   */
  readonly clockSkew?: number | undefined;
}

const MIN_SECRET_BYTES = 32;
const CLOCK_SKEW_S = 5;

/** The algorithms that keys of a set may be for. Never one of shared secrets. */
const PUBLIC_ALGORITHMS = ["RS256", "ES256", "EdDSA"];

const claimSchema = z.object(rightsShape);

/**
 * JSON Web Tokens. Who they are is the claim `sub`, what they may do the claim `rtmsg`:
 * `{ "produce": ["orders.*"], "subscribe": ["orders.>"], "admin": false }`; without it nothing. `exp` is
 * required, `nbf` is checked. The algorithm follows from the key, never from the token.
 *
 * @param options - `secret` or `publicKey`, and what the token must say
 * @returns what `startServer` takes as `auth`
 * @throws TypeError when there is no key, or two, or one that is too weak or malformed
 * @example
 * ```ts
 * const auth = jwtAuth({ secret: process.env.JWT_SECRET, issuer: "https://login.example.com" });
 * const server = await startServer({ host: "0.0.0.0", auth });
 * ```
 */
export function jwtAuth(options: JwtAuthOptions): Authentication {
  const { key, algorithms } = keyOf(options);
  const { issuer, audience, clockSkew = CLOCK_SKEW_S } = options;
  const checks = {
    algorithms,
    clockTolerance: clockSkew,
    requiredClaims: ["exp"],
    ...(issuer !== undefined && { issuer }),
    ...(audience !== undefined && { audience }),
  };
  return {
    authenticate: async (token) => {
      if (token === undefined) {
        throw new RtmsgError(
          "UNAUTHENTICATED",
          "This broker asks who you are, and no token was given: send a JWT",
        );
      }
      let payload: JWTPayload;
      try {
        // Two calls for two overloads.
        ({ payload } = await (typeof key === "function"
          ? jwtVerify(token, key, checks)
          : jwtVerify(token, key, checks)));
      } catch (cause) {
        throw refusal(cause);
      }
      const { sub, exp } = payload;
      return {
        name: sub ?? "a token without a subject",
        rights: rightsOf(payload["rtmsg"]),
        expiresAt: exp === undefined ? undefined : exp * 1_000,
      };
    },
  };
}

type Key = KeyObject | Uint8Array | JWTVerifyGetKey;

function keyOf({ secret, publicKey }: JwtAuthOptions): { readonly key: Key; readonly algorithms: string[] } {
  if ((secret === undefined) === (publicKey === undefined)) {
    throw new TypeError("A JWT is checked with a secret or with a public key: give one of the two");
  }
  if (secret !== undefined) {
    const key = typeof secret === "string" ? new TextEncoder().encode(secret) : secret;
    if (key.length >= MIN_SECRET_BYTES) return { key, algorithms: ["HS256"] };
    throw new TypeError(
      `The JWT secret has ${key.length} bytes, and HS256 needs ${MIN_SECRET_BYTES}: make one with openssl rand -base64 48`,
    );
  }
  return publicKey?.trimStart().startsWith("{") === true ? keySet(publicKey) : publicPem(publicKey ?? "");
}

function keySet(text: string): { readonly key: Key; readonly algorithms: string[] } {
  try {
    return { key: createLocalJWKSet(JSON.parse(text) as JSONWebKeySet), algorithms: PUBLIC_ALGORITHMS };
  } catch (cause) {
    throw new TypeError(`The JSON Web Key Set is malformed: ${(cause as Error).message}`, { cause });
  }
}

function publicPem(text: string): { readonly key: Key; readonly algorithms: string[] } {
  let key: KeyObject;
  try {
    key = createPublicKey(text);
  } catch (cause) {
    throw new TypeError(`The public key is no PEM text: ${(cause as Error).message}`, { cause });
  }
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === "rsa") return { key, algorithms: ["RS256"] };
  if (type === "ed25519") return { key, algorithms: ["EdDSA"] };
  if (type === "ec" && details?.namedCurve === "prime256v1") return { key, algorithms: ["ES256"] };
  throw new TypeError(`A ${type ?? "strange"} key cannot check a JWT here: use RSA, P-256 or Ed25519`);
}

function rightsOf(claim: unknown): Rights {
  if (claim === undefined) return NO_RIGHTS;
  const result = claimSchema.safeParse(claim);
  if (result.success) return result.data;
  throw new RtmsgError(
    "UNAUTHENTICATED",
    'The token\'s claim "rtmsg" is malformed: it takes produce and subscribe, lists of topics and patterns, and admin',
  );
}

function refusal(cause: unknown): unknown {
  // Anything else is the server's fault, not the token's.
  if (!(cause instanceof errors.JOSEError) && !(cause instanceof TypeError)) return cause;
  return new RtmsgError("UNAUTHENTICATED", `The token is not valid: ${reasonOf(cause)}`, {}, { cause });
}

/** In words of ours: those of the library may quote the token. */
function reasonOf(cause: Error): string {
  if (cause instanceof errors.JWTExpired) return "it has expired; get a fresh one";
  if (cause instanceof errors.JWTClaimValidationFailed) {
    const { claim, reason } = cause;
    return reason === "missing" ? `it has no "${claim}"` : `its "${claim}" is not what this broker expects`;
  }
  if (cause instanceof errors.JOSEAlgNotAllowed)
    return "it is signed by an algorithm that this broker does not take";
  if (cause instanceof errors.JWKSNoMatchingKey)
    return "it is signed by a key that this broker does not know";
  if (cause instanceof errors.JWSSignatureVerificationFailed) return "its signature is wrong";
  return "it is no signed JWT";
}
