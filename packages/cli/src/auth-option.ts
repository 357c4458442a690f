import { readFileSync } from "node:fs";
import type { Authentication, Logger } from "@rtmsg/server";
import type { Command } from "commander";
import { CliError, usageError } from "./cli-error.js";

/** The options that say who is let in. */
export interface AuthFlags {
  readonly authTokens?: string;
  readonly authJwtSecretFile?: string;
  readonly authJwtPublicKeyFile?: string;
  readonly authJwtIssuer?: string;
  readonly authJwtAudience?: string;
  readonly origin?: readonly string[];
  readonly tlsCert?: string;
  readonly tlsKey?: string;
}

/** Adds the options that say who is let in. Secrets are named by file: a command line can be read by others. */
export function addAuthOptions(command: Command): Command {
  return command
    .option("--auth-tokens <file>", "ask clients for a token of this file; rtmsg token makes them")
    .option("--auth-jwt-secret-file <file>", "ask for a JWT, signed with the secret in this file (HS256)")
    .option("--auth-jwt-public-key-file <file>", "ask for a JWT, checked with this PEM or JWK Set")
    .option("--auth-jwt-issuer <text>", "what the JWT's iss must be")
    .option("--auth-jwt-audience <text>", "what the JWT's aud must hold")
    .option("--origin <origin...>", "web pages that may connect, such as https://app.example.com; * for all")
    .option("--tls-cert <file>", "speak HTTPS and WSS with this certificate (PEM)")
    .option("--tls-key <file>", "the certificate's private key (PEM)");
}

/** Who is let in, as the options say it. */
export interface ChosenAuth {
  readonly auth: Authentication | undefined;
  readonly origins: readonly string[];
  readonly tls: { readonly cert: Buffer; readonly key: Buffer } | undefined;
  /** What a person should know of it, in a few words; undefined: nobody is asked. */
  readonly description: string | undefined;
}

/**
 * Who is let in, as the options say it.
 *
 * @throws CliError when options do not go together, or a file cannot be used
 */
export async function chooseAuth(flags: AuthFlags, logger: Logger): Promise<ChosenAuth> {
  const { authTokens, authJwtSecretFile, authJwtPublicKeyFile, authJwtIssuer, authJwtAudience } = flags;
  const ways = [authTokens, authJwtSecretFile, authJwtPublicKeyFile].filter((file) => file !== undefined);
  if (ways.length > 1) {
    throw usageError("--auth-tokens, --auth-jwt-secret-file and --auth-jwt-public-key-file: use one of them");
  }
  if ((authJwtIssuer ?? authJwtAudience) !== undefined && (ways.length === 0 || authTokens !== undefined)) {
    throw usageError(
      "--auth-jwt-issuer and --auth-jwt-audience need --auth-jwt-secret-file or --auth-jwt-public-key-file",
    );
  }
  if ((flags.tlsCert === undefined) !== (flags.tlsKey === undefined)) {
    throw usageError("--tls-cert and --tls-key go together: a certificate is of no use without its key");
  }
  const tls =
    flags.tlsCert === undefined || flags.tlsKey === undefined
      ? undefined
      : { cert: readBytes(flags.tlsCert), key: readBytes(flags.tlsKey) };
  const origins = flags.origin ?? [];
  // Loaded here, so that the other commands start sooner.
  const { jwtAuth, tokenAuth } = await import("@rtmsg/server");
  try {
    if (authTokens !== undefined) {
      const auth = tokenAuth({ file: authTokens, logger });
      return { auth, origins, tls, description: `Clients are asked for a token of ${authTokens}` };
    }
    if (ways.length === 0) return { auth: undefined, origins, tls, description: undefined };
    const auth = jwtAuth({
      secret: authJwtSecretFile === undefined ? undefined : readBytes(authJwtSecretFile).toString().trim(),
      publicKey: authJwtPublicKeyFile === undefined ? undefined : readBytes(authJwtPublicKeyFile).toString(),
      issuer: authJwtIssuer,
      audience: authJwtAudience,
    });
    return { auth, origins, tls, description: "Clients are asked for a JWT" };
  } catch (cause) {
    if (cause instanceof CliError) throw cause;
    throw new CliError((cause as Error).message, undefined, { cause });
  }
}

function readBytes(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new CliError(`${file} cannot be read: ${(cause as Error).message}`, undefined, { cause });
  }
}
