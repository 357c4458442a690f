import type { DedupeEntry } from "../../log/dedupe-entry.js";
import type { EngineSettings } from "../../log/engine.js";
import { offsetMismatch } from "../../log/refusals.js";
import type { RtmsgError } from "../../protocol/error.js";
import { encodeItem, expectOffset, EXPECTED_SEQUENCE, type Item } from "./append-item.js";
import type { LogStream } from "./log-stream.js";
import { encodeMessage, eventStamp, messageIdOf, type OutgoingMessage } from "./message.js";
import type { Publisher } from "./publisher.js";
import type { TrimMarks } from "./trim-marks.js";

/** Makes JetStream store nothing, and say all the same whether it knows an id. */
export const NEVER = String(Number.MAX_SAFE_INTEGER);

/** What an answer of JetStream comes to. */
export type Ruling =
  | { readonly kind: "stored"; readonly offset: number; readonly time: number }
  /** Its id was used before. */
  | { readonly kind: "known"; readonly known: DedupeEntry }
  /** Its id was used before, for an event that is trimmed: with which content is not known any more. */
  | { readonly kind: "trimmed"; readonly offset: number; readonly time: number }
  | { readonly kind: "refused"; readonly error: RtmsgError }
  /** It is to be sent again, as it is now. */
  | { readonly kind: "resend" };

/** What rulings are made from. */
export interface RulingParts {
  readonly stream: LogStream;
  readonly marks: TrimMarks;
  readonly publisher: Publisher;
  readonly settings: EngineSettings;
}

/** Finds out what JetStream's answers mean where they do not say it: whose duplicate, and which offset. */
export class Rulings {
  readonly #parts: RulingParts;

  constructor(parts: RulingParts) {
    this.#parts = parts;
  }

  /** JetStream knows the item's id, of the event at an offset. */
  async duplicate(item: Item, offset: number): Promise<Ruling> {
    const { stream, marks, settings } = this.#parts;
    const { topic, id } = item.entry;
    // An id of our own making is known only if this very entry was stored.
    if (id === undefined) return { kind: "stored", offset, time: item.time };
    const original = await stream.message(offset);
    const stamp = original && eventStamp(original.header);
    if (stamp === undefined) {
      // Its content is gone with it: what is left to know is that the id was used, no later than this.
      await marks.sync();
      const time = Math.min(item.time, marks.of(topic)?.time ?? item.time);
      return { kind: item.wasSent ? "stored" : "trimmed", offset, time };
    }
    const { time } = stamp;
    if (item.wasSent && stamp.origin === item.origin) return { kind: "stored", offset, time };
    if (item.time - time >= settings.dedupe.windowMs) {
      // JetStream remembers ids for longer than asked.
      item.messageId = messageIdOf(topic, id, offset);
      item.message = encodeItem(item, marks);
      item.wasSent = false;
      return { kind: "resend" };
    }
    return { kind: "known", known: { offset, time, contentHash: stamp.contentHash } };
  }

  /** JetStream has the item's topic at another sequence than was expected; its description says at which. */
  async mismatch(item: Item, description: string): Promise<Ruling> {
    const { stream, marks } = this.#parts;
    const { topic, id, expectedOffset = 0 } = item.entry;
    if (id !== undefined) {
      const known = await this.#sequenceOf(item);
      if (known !== undefined) return this.duplicate(item, known);
    }
    const found = Number(/: (\d+)$/.exec(description)?.[1] ?? Number.NaN);
    if (found === expectedOffset) {
      // It is marked as trimmed, and was there still when JetStream looked.
      (item.message as OutgoingMessage).headers.set(EXPECTED_SEQUENCE, String(found));
      return { kind: "resend" };
    }
    // A leader that has just become one may judge by what is older than what was expected.
    if (found > (stream.isReplicated ? expectedOffset : 0)) {
      return { kind: "refused", error: offsetMismatch(item.entry, found) };
    }
    // What was stored behind the item must not be taken for what was there before it.
    const isEmpty = found === 0 && !stream.isReplicated;
    const last = isEmpty ? undefined : await stream.last(stream.subject(topic));
    await marks.sync();
    const actual = last?.seq ?? marks.through(topic);
    if (actual !== expectedOffset) return { kind: "refused", error: offsetMismatch(item.entry, actual) };
    // It was emptied meanwhile, or the leader judged by what it had not applied yet.
    expectOffset(item.message as OutgoingMessage, item.entry, marks);
    return { kind: "resend" };
  }

  /**
   * Finds those of some unanswered items, in their order, that a later one of their topic has overtaken: that one
   * was stored, though nobody said so, and they may have been lost on the way.
   */
  async markOvertaken(items: readonly Item[]): Promise<void> {
    const byTopic = new Map<string, Item[]>();
    for (const item of items) {
      const { topic } = item.entry;
      const others = byTopic.get(topic);
      if (others === undefined) byTopic.set(topic, [item]);
      else others.push(item);
    }
    const mark = async (ofTopic: readonly Item[]): Promise<void> => {
      const [, ...later] = ofTopic;
      const sequences = await Promise.all(later.map((item) => this.#sequenceOf(item)));
      const stored = sequences.findLastIndex((sequence) => sequence !== undefined);
      for (const earlier of ofTopic.slice(0, stored + 1)) earlier.isOvertaken = true;
    };
    await Promise.all([...byTopic.values()].map(mark));
  }

  /** The sequence that JetStream knows an id by, though it judged the expectation first, as it does with replicas. */
  #sequenceOf(item: Item): Promise<number | undefined> {
    const { stream, publisher } = this.#parts;
    const { headers, data } = encodeMessage(item.entry, item.time, item.messageId, item.origin);
    headers.set("Nats-Expected-Last-Sequence", NEVER);
    return new Promise((resolve, reject) => {
      publisher.publish(stream.subject(item.entry.topic), data, headers, (result) => {
        if (result.kind === "unanswered") reject(new Error(result.reason));
        else resolve(result.kind === "stored" ? result.seq : undefined);
      });
    });
  }
}
