import { nuid } from "@nats-io/transport-node";
import type { AppendEntry, AppendOutcome, EngineSettings } from "../../log/engine.js";
import { offsetMismatch } from "../../log/refusals.js";
import { RtmsgError } from "../../protocol/error.js";
import { encodeMessage, messageIdOf, messageSize, type OutgoingMessage } from "./message.js";
import type { TrimMarks } from "./trim-marks.js";

/** The header that names the sequence at which a message's subject must be. */
export const EXPECTED_SEQUENCE = "Nats-Expected-Last-Subject-Sequence";

/** Entries of one append call. */
export interface Call {
  readonly outcomes: AppendOutcome[];
  left: number;
  /** Entries that were stored. */
  stored: number;
  readonly begun: number;
  readonly resolve: (outcomes: AppendOutcome[]) => void;
}

/** One entry on its way. */
export interface Item {
  /** Where it is among all. */
  readonly order: number;
  readonly entry: AppendEntry;
  readonly call: Call;
  readonly index: number;
  /** When it is given up. */
  readonly deadline: number;
  readonly bytes: number;
  time: number;
  messageId: string;
  origin: string;
  message: OutgoingMessage | undefined;
  /** Whether it was sent before, so that what looks like a duplicate may be itself. */
  wasSent: boolean;
  /** Whether it may no longer be stored, since a later event of its topic was. */
  isOvertaken: boolean;
  isSettled: boolean;
}

/** An entry that has just been asked for. */
export function newItem(
  entry: AppendEntry,
  place: Pick<Item, "order" | "call" | "index" | "deadline" | "bytes" | "time">,
): Item {
  const { topic, id } = entry;
  return {
    entry,
    ...place,
    messageId: id === undefined ? `.${nuid.next()}` : messageIdOf(topic, id),
    origin: "",
    message: undefined,
    wasSent: false,
    isOvertaken: false,
    isSettled: false,
  };
}

/** An item as it is sent, with what it expects of its topic. */
export function encodeItem(item: Item, marks: TrimMarks): OutgoingMessage {
  item.origin = nuid.next();
  const message = encodeMessage(item.entry, item.time, item.messageId, item.origin);
  expectOffset(message, item.entry, marks);
  return message;
}

/** Has JetStream store a message only if its topic is at the expected offset: at 0 for one that was emptied. */
export function expectOffset(
  { headers }: OutgoingMessage,
  { topic, expectedOffset }: AppendEntry,
  marks: TrimMarks,
): void {
  if (expectedOffset === undefined) return;
  const isEmptied = expectedOffset > 0 && marks.through(topic) === expectedOffset;
  headers.set(EXPECTED_SEQUENCE, String(isEmptied ? 0 : expectedOffset));
}

/** The refusal of an entry that a later one of its topic has overtaken. */
export function overtaken({ topic }: AppendEntry): RtmsgError<"UNAVAILABLE"> {
  return new RtmsgError(
    "UNAVAILABLE",
    `NATS stored a later event of topic "${topic}" and not this one: produce it again, and it comes after that`,
  );
}

/** Why an item cannot be stored, as far as that is known before it is sent. */
export function refusalOf(
  { entry, message }: Item,
  marks: TrimMarks,
  maxPayload: number,
): RtmsgError | undefined {
  const size = messageSize(message as OutgoingMessage);
  if (size > maxPayload) return tooLarge(size, maxPayload);
  // Without its events a topic is at 0 for JetStream; whether it had any only the marks tell.
  const mark = marks.through(entry.topic);
  return entry.expectedOffset === 0 && mark > 0 ? offsetMismatch(entry, mark) : undefined;
}

/** Notes an item's outcome in its call, which is answered with its last one. */
export function answerCall(
  { call, index }: Item,
  outcome: AppendOutcome,
  observer: EngineSettings["observer"],
): void {
  call.outcomes[index] = outcome;
  if (outcome.ok && !outcome.duplicate) call.stored++;
  if (--call.left > 0) return;
  if (call.stored > 0) observer?.committed(call.stored, performance.now() - call.begun);
  call.resolve(call.outcomes);
}

/** The refusal of an entry that is too large for the NATS server. */
export function tooLarge(size: number, limit: number): RtmsgError<"EVENT_TOO_LARGE"> {
  return new RtmsgError(
    "EVENT_TOO_LARGE",
    `Event is ${size} bytes with its headers, over the NATS server's limit of ${limit}: split it, or raise max_payload`,
    { limit },
  );
}

/** Whether an item is to be stored before another. */
export function isBefore(item: Item, other: Item): boolean {
  return item.order < other.order;
}

/** Sorts items by their order. */
export function byOrder(item: Item, other: Item): number {
  return item.order - other.order;
}
