import type { Gap, RtmsgEvent } from "@rtmsg/client";

/** A row of a tail: an event, or something that is said between events. */
export type Row = EventRow | NoteRow;

export interface EventRow {
  readonly kind: "event";
  /** Counts the rows of a tail, so that each has a name of its own. */
  readonly number: number;
  readonly event: RtmsgEvent;
}

interface NoteRow {
  readonly kind: "gap" | "live";
  readonly number: number;
  readonly text: string;
}

/** What a gap means to who reads. A cursor is `epoch-offset`: another epoch is another log. */
export function gapText({ requested, epoch, earliest }: Gap): string {
  const why = requested.startsWith(`${epoch}-`)
    ? "Events are gone: retention trimmed them"
    : "The broker has started a new log";
  return earliest === null ? why : `${why}. It goes on with #${earliest}`;
}
