import { nuid } from "@nats-io/transport-node";
import type { AppendEntry, AppendOutcome, EventOrigin } from "../../log/engine.js";
import { JS_ERROR, refusedByJetStream } from "./failure.js";
import type { LogStream } from "./log-stream.js";
import { encodeMessage, eventStamp, messageIdOf } from "./message.js";
import type { Publisher, PublishResult } from "./publisher.js";

/** An entry that was in another log before. */
export type ImportEntry = AppendEntry & { readonly origin: EventOrigin };

/** One event of an import. */
export interface ImportedItem {
  readonly entry: ImportEntry;
  /** Where it is in the call. */
  readonly index: number;
  /** The id by which JetStream knows it, and its time here, when it was sent last. */
  id: string;
  time: number;
  wasSent: boolean;
  /** Whether its event id is another event's here, which does not keep it out. */
  isIdTaken: boolean;
}

/** An item that is in the log. */
export interface StoredItem {
  readonly item: ImportedItem;
  readonly outcome: AppendOutcome & { readonly ok: true };
}

/** What the log is like before a round. */
interface Before {
  /** Its last offset. */
  readonly last: number;
  /** The time of its newest event. */
  readonly newest: number;
  /** The clock. */
  readonly now: number;
  /** Whether nobody else is taken to append meanwhile. */
  readonly isAlone: boolean;
}

/** What rounds need. */
interface RoundParts {
  readonly stream: LogStream;
  readonly publisher: Publisher;
  /** How long event ids are remembered, in ms. */
  readonly windowMs: number;
}

/** JetStream's codes for a message that is not right behind the one before. */
const OVERTAKEN: ReadonlySet<number> = new Set([JS_ERROR.wrongLastSequence, JS_ERROR.wrongLastMessageId]);
/** What ids of our own making begin with, and no topic. */
const OWN_ID = "!";
/** Messages, and bytes of them, of one round. */
const MAX_ITEMS = 256;
const MAX_BYTES = 2_097_152;

/**
 * Sends imported events, many at a time, each of which JetStream stores only right behind the one before: so none
 * is overtaken, whatever is lost on the way, and none comes after a newer event that somebody else has appended.
 */
export class ImportRound {
  readonly #parts: RoundParts;
  /** Why the last one that was not stored was not. */
  reason = "";

  constructor(parts: RoundParts) {
    this.#parts = parts;
  }

  /**
   * Stores what comes next of some items: those that are in the log after it, in order.
   *
   * @throws RtmsgError when JetStream refuses one for good
   */
  async store(items: readonly ImportedItem[], from: number, before: Before): Promise<StoredItem[]> {
    const round = roundOf(items, from, before.isAlone ? MAX_ITEMS : 1);
    let { newest } = before;
    for (const item of round) {
      newest = Math.max(newest, Math.min(item.entry.origin.time, before.now));
      item.time = newest;
      item.id = this.#idOf(item, before.now);
    }
    const results = await Promise.all(
      round.map((item, index) => {
        if (!before.isAlone) return this.#send(item);
        const previous = round[index - 1];
        return previous === undefined
          ? this.#send(item, "Nats-Expected-Last-Sequence", String(before.last))
          : this.#send(item, "Nats-Expected-Last-Msg-Id", previous.id);
      }),
    );
    const stored: StoredItem[] = [];
    for (const [index, result] of results.entries()) {
      const item = round[index] as ImportedItem;
      const place = before.isAlone ? before.last + index + 1 : undefined;
      const outcome = await this.#outcomeOf(item, result, place);
      item.wasSent = true;
      if (outcome === undefined) break;
      stored.push({ item, outcome });
    }
    // What came after one that was not stored was sent all the same.
    for (const item of round) item.wasSent = true;
    return stored;
  }

  /** Sends an item, which is stored if the log's last message is what it expects. */
  #send(item: ImportedItem, expectation = "", expected = ""): Promise<PublishResult> {
    const { stream, publisher } = this.#parts;
    const { headers, data } = encodeMessage(item.entry, item.time, item.id, nuid.next());
    if (expectation !== "") headers.set(expectation, expected);
    return new Promise((resolve) => {
      publisher.publish(stream.subject(item.entry.topic), data, headers, resolve);
    });
  }

  /** The id by which JetStream knows it: by its event id, which then is known here, where that is recent. */
  #idOf({ entry, isIdTaken }: ImportedItem, now: number): string {
    const { topic, id, origin } = entry;
    const isRecent = id !== undefined && now - origin.time < this.#parts.windowMs;
    if (isRecent && !isIdTaken) return messageIdOf(topic, id);
    return `${OWN_ID}${origin.epoch} ${origin.offset} ${topic}`;
  }

  /** What became of an item; undefined: it is to be sent again. */
  async #outcomeOf(
    item: ImportedItem,
    result: PublishResult,
    place: number | undefined,
  ): Promise<StoredItem["outcome"] | undefined> {
    if (result.kind === "stored") {
      const { seq: offset, isDuplicate } = result;
      if (!isDuplicate) return { ok: true, offset, time: item.time, duplicate: false };
      const time = await this.#timeAt(item, offset);
      const duplicate = !item.wasSent;
      if (time !== undefined) return { ok: true, offset, time, duplicate };
      // An id of our own making is no other event's: this one was trimmed already.
      if (item.id.startsWith(OWN_ID)) return { ok: true, offset, time: item.time, duplicate };
      item.isIdTaken = true;
      return undefined;
    }
    this.reason = result.kind === "refused" ? result.description : result.reason;
    if (result.kind === "refused" && !OVERTAKEN.has(result.code)) {
      throw refusedByJetStream(result.code, result.description);
    }
    // Only its answer may have been lost.
    const time = place === undefined ? undefined : await this.#timeAt(item, place);
    return time === undefined ? undefined : { ok: true, offset: place as number, time, duplicate: false };
  }

  /** The time of an item that is at an offset; undefined where it is not. */
  async #timeAt(item: ImportedItem, offset: number): Promise<number | undefined> {
    const { stream } = this.#parts;
    const message = await stream.message(offset);
    const stamp = eventStamp(message?.header);
    const { topic, origin } = item.entry;
    const isIt =
      message?.subject === stream.subject(topic) &&
      stamp?.source?.epoch === origin.epoch &&
      stamp.source.offset === origin.offset;
    return isIt ? stamp.time : undefined;
  }
}

/** The items of a round. */
function roundOf(items: readonly ImportedItem[], from: number, most: number): readonly ImportedItem[] {
  const round: ImportedItem[] = [];
  let bytes = 0;
  for (let index = from; index < items.length && round.length < most && bytes < MAX_BYTES; index++) {
    const item = items[index] as ImportedItem;
    bytes += item.entry.json.byteLength + (item.entry.meta?.byteLength ?? 0);
    round.push(item);
  }
  return round;
}
