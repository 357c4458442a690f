import type { Retention } from "@rtmsg/client";
import { bytes, count, span } from "../figures.js";

/** What is kept of a topic, in words. */
export function retentionText({ maxEvents, maxAge, maxBytes }: Retention): string {
  const limits = [
    maxEvents === undefined ? undefined : `${count(maxEvents)} events`,
    maxAge === undefined ? undefined : span(maxAge),
    maxBytes === undefined ? undefined : bytes(maxBytes),
  ].filter((limit) => limit !== undefined);
  return limits.length === 0 ? "Everything" : limits.join(", ");
}
