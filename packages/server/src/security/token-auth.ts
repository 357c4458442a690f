import { createHash, timingSafeEqual } from "node:crypto";
import { readFileSync, unwatchFile, watchFile } from "node:fs";
import { z } from "zod";
import type { Logger } from "../observe/logger.js";
import { RtmsgError } from "../protocol/error.js";
import type { Authentication } from "./authentication.js";
import type { Identity } from "./identity.js";
import { rightsShape } from "./rights-schema.js";

/** How often the file is looked at, in ms. */
const WATCH_MS = 1_000;

const fileSchema = z.strictObject({
  tokens: z.array(
    z.strictObject({
      label: z.string().min(1).max(100),
      hash: z.string().regex(/^sha256:[0-9a-f]{64}$/, "is not sha256: and 64 hexadecimal digits"),
      ...rightsShape,
      expires: z.iso.datetime({ offset: true }).optional(),
    }),
  ),
});

/** A token of the file, by its hash. */
interface Entry {
  readonly hash: Buffer;
  readonly identity: Identity;
}

/** Options of `tokenAuth`. */
export interface TokenAuthOptions {
  /** The file with the hashes of the tokens. */
  readonly file: string;
  /** Is told when the file has changed and cannot be read; the tokens of before stay in force then. */
  readonly logger?: Logger | undefined;
}

/** The hash of a token, as the file has it. */
export function hashToken(token: string): string {
  return `sha256:${digest(token).toString("hex")}`;
}

/**
 * Static tokens from a file, which holds their hashes only: `rtmsg token` makes one. The file is read again
 * when it changes; connections of a token that is no longer in it are closed.
 *
 * @param options - `file`
 * @returns what `startServer` takes as `auth`
 * @throws Error when the file cannot be read or is malformed, with every mistake
 * @example
 * ```ts
 * const server = await startServer({ host: "0.0.0.0", auth: tokenAuth({ file: "tokens.json" }) });
 * ```
 */
export function tokenAuth({ file, logger }: TokenAuthOptions): Authentication {
  let entries = readEntries(file);
  return {
    authenticate: (token) => {
      if (token === undefined) throw missing();
      const hash = digest(token);
      let found: Entry | undefined;
      // All are compared, so that the time taken tells nothing.
      for (const entry of entries) if (timingSafeEqual(entry.hash, hash)) found = entry;
      if (found === undefined) {
        throw new RtmsgError("UNAUTHENTICATED", "The token is not known to this broker: use another one");
      }
      return found.identity;
    },
    watch: (onChange) => {
      const reread = (): void => {
        try {
          entries = readEntries(file, entries);
        } catch (error) {
          logger?.error({ error: (error as Error).message }, "token file not read");
          return;
        }
        onChange();
      };
      watchFile(file, { interval: WATCH_MS, persistent: false }, reread);
      return () => unwatchFile(file, reread);
    },
    current: (identity) => {
      const hash = hashes.get(identity);
      return entries.find((entry) => hash !== undefined && entry.hash.equals(hash))?.identity;
    },
  };
}

/** Which token an identity came from: the label may change, and several may have the same. */
const hashes = new WeakMap<Identity, Buffer>();

function readEntries(file: string, before: readonly Entry[] = []): Entry[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new Error(`The token file ${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  const result = fileSchema.safeParse(parsed);
  if (!result.success)
    throw new Error(`The token file ${file} is malformed:\n${z.prettifyError(result.error)}`);
  return result.data.tokens.map(({ label, hash, produce, subscribe, admin, expires }) => {
    const bytes = Buffer.from(hash.slice("sha256:".length), "hex");
    const expiresAt = expires === undefined ? undefined : Date.parse(expires);
    const identity: Identity = { name: label, rights: { produce, subscribe, admin }, expiresAt };
    const known = before.find((entry) => entry.hash.equals(bytes));
    // One that is as before stays the same, so that its connections are left alone.
    if (known !== undefined && JSON.stringify(known.identity) === JSON.stringify(identity)) return known;
    hashes.set(identity, bytes);
    return { hash: bytes, identity };
  });
}

function digest(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

function missing(): RtmsgError<"UNAUTHENTICATED"> {
  return new RtmsgError("UNAUTHENTICATED", "This broker asks who you are, and no token was given: send one");
}
