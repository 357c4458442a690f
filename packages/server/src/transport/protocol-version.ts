import { RtmsgError } from "../protocol/error.js";
import { PROTOCOL } from "../protocol/limits.js";
import { toTRPCError } from "../router/trpc-error.js";

/** The versions of the protocol that this server speaks. */
const SUPPORTED: ReadonlySet<string> = new Set([String(PROTOCOL)]);

/**
 * Checks the protocol that a client says it speaks. Clients that say nothing are taken as they are.
 *
 * @throws TRPCError that carries `PROTOCOL_UNSUPPORTED`
 */
export function checkProtocol(connectionParams: Readonly<Partial<Record<string, string>>> | null): void {
  const asked = connectionParams?.["protocol"];
  if (asked === undefined || SUPPORTED.has(asked)) return;
  throw toTRPCError(
    new RtmsgError(
      "PROTOCOL_UNSUPPORTED",
      `Protocol ${asked.slice(0, 16)} is not spoken here, only ${[...SUPPORTED].join(", ")}: use a client of this server's version`,
    ),
  );
}
