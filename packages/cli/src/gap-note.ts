import type { Gap } from "@rtmsg/server/protocol";

/** A gap, as it is said beside the events. */
export function describeGap({ requested, earliest }: Gap): string {
  return `gap: events after ${requested} are gone; carries on at ${earliest ?? "the end"}`;
}
