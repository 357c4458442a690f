import { parseCursor } from "../protocol/cursor.js";
import { RtmsgError, type GapDetails } from "../protocol/error.js";

/** The error that reports a gap to a reader that did not choose to carry on over it. */
export function gapError({ topic, ...details }: GapDetails & { readonly topic: string }): RtmsgError<"GAP"> {
  const { requested, earliest, epoch } = details;
  const isForeign = parseCursor(requested).epoch !== epoch;
  const why = isForeign ? `it belongs to another log than ${epoch}` : "events after it were trimmed";
  const retained =
    earliest === null
      ? "nothing after it is retained"
      : `the earliest retained event is at offset ${earliest}`;
  return new RtmsgError(
    "GAP",
    `"${topic}" cannot be read from ${requested} without a gap: ${why}, and ${retained}; start from "earliest", or set onGap to "earliest" or "report"`,
    details,
  );
}
