import { readFileSync } from "node:fs";
import type { Authentication, Logger } from "@rtmsg/server";
import { CliError } from "./cli-error.js";
import type { Settings } from "./config/settings.js";

/** Who is let in, as the settings say it. */
export interface ChosenAuth {
  readonly auth: Authentication | undefined;
  readonly origins: readonly string[];
  readonly tls: { readonly cert: Buffer; readonly key: Buffer } | undefined;
  /** What a person should know of it, in a few words; undefined: nobody is asked. */
  readonly description: string | undefined;
}

/**
 * Who is let in, as the settings say it.
 *
 * @throws CliError when a file cannot be used
 */
export async function chooseAuth(settings: Settings, logger: Logger): Promise<ChosenAuth> {
  const { authTokens, authJwtSecretFile, authJwtPublicKeyFile, tlsCert, tlsKey } = settings;
  const tls =
    tlsCert === undefined || tlsKey === undefined
      ? undefined
      : { cert: readBytes(tlsCert), key: readBytes(tlsKey) };
  const origins = settings.origin ?? [];
  // Loaded here, so that the other commands start sooner.
  const { jwtAuth, tokenAuth } = await import("@rtmsg/server");
  try {
    if (authTokens !== undefined) {
      const auth = tokenAuth({ file: authTokens, logger });
      return { auth, origins, tls, description: `Clients are asked for a token of ${authTokens}` };
    }
    const secret =
      authJwtSecretFile === undefined
        ? settings.authJwtSecret
        : readBytes(authJwtSecretFile).toString().trim();
    const publicKey =
      authJwtPublicKeyFile === undefined ? undefined : readBytes(authJwtPublicKeyFile).toString();
    if ((secret ?? publicKey) === undefined) return { auth: undefined, origins, tls, description: undefined };
    const { authJwtIssuer: issuer, authJwtAudience: audience } = settings;
    const auth = jwtAuth({ secret, publicKey, issuer, audience });
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
