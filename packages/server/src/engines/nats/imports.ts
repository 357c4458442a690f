import { setTimeout as sleep } from "node:timers/promises";
import type { AppendEntry, AppendOutcome, EngineSettings } from "../../log/engine.js";
import { RtmsgError } from "../../protocol/error.js";
import { tooLarge } from "./append-item.js";
import { Cursor } from "./cursor.js";
import { unavailable } from "./failure.js";
import { ImportRound, type ImportedItem, type ImportEntry } from "./import-round.js";
import type { NatsLink } from "./link.js";
import { lastTimeOf } from "./last-time.js";
import type { LogStream } from "./log-stream.js";
import { encodeMessage, eventStamp, messageSize } from "./message.js";
import type { Publisher } from "./publisher.js";
import type { TopicLimit } from "./topic-limit.js";
import type { TrimMarks } from "./trim-marks.js";

/** Whether an entry was in another log before. */
export function isImportEntry(entry: AppendEntry): entry is ImportEntry {
  return entry.origin !== undefined;
}

/** What imports need of the engine. */
export interface ImportParts {
  readonly link: NatsLink;
  readonly stream: LogStream;
  readonly marks: TrimMarks;
  readonly topicLimit: TopicLimit;
  readonly settings: EngineSettings;
  readonly publisher: Publisher;
  /** Resolves when nobody is finding out where the log ends: what is appended comes after it. */
  readonly endKnown: () => Promise<unknown> | undefined;
  /** Resolves when listeners to every commit have been told of an offset. */
  readonly carried: (offset: number) => Promise<void> | undefined;
  /** Told the time of what was stored. */
  readonly noteTime: (time: number) => void;
}

/** So many events go one by one after a round that stored nothing, since others append. */
const ONE_BY_ONE = 200;
/** Between two rounds that stored nothing, in ms. */
const RETRY_MS = 20;
/** Messages that are looked at together for events that no mark tells of. */
const SCAN_PAGE = 500;

/** Appends events of other logs: each once, in their order, with their times as far as times never decrease. */
export class Imports {
  readonly #parts: ImportParts;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: ImportParts) {
    this.#parts = parts;
  }

  /** Appends entries, one call after the other. The first that is refused ends a call, since nothing may overtake it. */
  append(entries: readonly ImportEntry[]): Promise<AppendOutcome[]> {
    const result = this.#turn.then(() => this.#append(entries));
    this.#turn = result.catch(() => undefined);
    return result;
  }

  async #append(entries: readonly ImportEntry[]): Promise<AppendOutcome[]> {
    const { stream, marks, topicLimit } = this.#parts;
    const { imports } = marks;
    await imports.sync();
    const epochs = new Set(entries.map(({ origin }) => origin.epoch));
    for (const epoch of epochs) await this.#findUnmarked(epoch);
    const { last } = await stream.snapshot();
    const outcomes: AppendOutcome[] = [];
    const throughs = new Map<string, number>();
    let items: ImportedItem[] = [];
    let refusal: RtmsgError | undefined;
    const store = async (): Promise<void> => {
      if (items.length > 0) await this.#store(items, outcomes);
      items = [];
    };
    for (const [index, entry] of entries.entries()) {
      const { topic, origin } = entry;
      const key = `${origin.epoch} ${topic}`;
      if (origin.offset <= (throughs.get(key) ?? imports.through(topic, origin.epoch))) {
        outcomes[index] = { ok: true, offset: last, time: origin.time, duplicate: true };
        continue;
      }
      refusal ??= this.#sizeRefusal(entry);
      for (let admission = topicLimit.admit(entry); refusal === undefined && admission !== undefined;) {
        if (admission instanceof RtmsgError) refusal = admission;
        else {
          // What is on its way may make topics.
          await store();
          await topicLimit.learn();
          admission = topicLimit.admit(entry);
        }
      }
      if (refusal === undefined) {
        throughs.set(key, origin.offset);
        items.push({ entry, index, wasSent: false, isIdTaken: false, id: "", time: 0 });
      } else outcomes[index] = { ok: false, error: refusal };
    }
    await store();
    return outcomes;
  }

  #sizeRefusal(entry: ImportEntry): RtmsgError | undefined {
    const limit = this.#parts.link.connection.info?.max_payload ?? 1_048_576;
    const size = messageSize(encodeMessage(entry, 0, "", ""));
    return size > limit ? tooLarge(size, limit) : undefined;
  }

  /** Stores items, and saves how far that came. */
  async #store(items: readonly ImportedItem[], outcomes: AppendOutcome[]): Promise<void> {
    const { stream, marks, settings, carried } = this.#parts;
    const { imports } = marks;
    const begun = performance.now();
    const { last } = await stream.snapshot();
    const epochs = new Set(items.map(({ entry }) => entry.origin.epoch));
    for (const epoch of epochs) await imports.begin(epoch, last);
    const offset = await this.#storeAll(items, outcomes);
    const throughs = new Map(items.map(({ entry }) => [`${entry.origin.epoch} ${entry.topic}`, entry]));
    await Promise.all(
      [...throughs.values()].map(({ topic, origin }) => imports.save(topic, origin.epoch, origin.offset)),
    );
    for (const epoch of epochs) await imports.end(epoch);
    settings.observer?.committed(items.length, performance.now() - begun);
    await carried(offset);
  }

  /** Stores items in their order; returns the last one's offset. */
  async #storeAll(items: readonly ImportedItem[], outcomes: AppendOutcome[]): Promise<number> {
    const { link, stream, marks, topicLimit, settings, publisher, endKnown, noteTime } = this.#parts;
    const round = new ImportRound({ stream, publisher, windowMs: settings.dedupe.windowMs });
    let offset = 0;
    /** Up to which item they go one by one. */
    let slowUntil = 0;
    let progressAt = performance.now();
    for (let done = 0; done < items.length;) {
      await endKnown();
      const { last } = await stream.snapshot();
      const newest = await lastTimeOf(stream, marks);
      const isAlone = done >= slowUntil;
      const stored = await round.store(items, done, { last, newest, now: settings.now(), isAlone });
      for (const { item, outcome } of stored) {
        outcomes[item.index] = outcome;
        offset = outcome.offset;
        stream.note(offset);
        topicLimit.note(item.entry.topic);
        noteTime(outcome.time);
      }
      done += stored.length;
      if (stored.length > 0) {
        progressAt = performance.now();
        continue;
      }
      if (isAlone) slowUntil = done + ONE_BY_ONE;
      if (performance.now() - progressAt > link.timeoutMs) {
        throw unavailable("store the imported event", link.timeoutMs, new Error(round.reason));
      }
      await sleep(RETRY_MS);
    }
    return offset;
  }

  /** Marks what is in the log of an import that did not come to its end. */
  async #findUnmarked(epoch: string): Promise<void> {
    const { link, stream, marks } = this.#parts;
    const after = marks.imports.unmarkedAfter(epoch);
    if (after === undefined) return;
    const throughs = new Map<string, number>();
    // A cursor that breaks is made again.
    await link.call("tell what was imported", async () => {
      const { cursor } = await Cursor.open(link, stream, stream.subject(">"), after + 1, true);
      try {
        while ((await cursor.peek()) !== undefined) {
          const page = cursor.ready.slice(0, SCAN_PAGE);
          for (const { subject, headers } of page) {
            const source = eventStamp(headers)?.source;
            if (source?.epoch === epoch) throughs.set(stream.topic(subject), source.offset);
          }
          cursor.take(page.length);
        }
      } finally {
        cursor.close();
      }
    });
    await Promise.all([...throughs].map(([topic, through]) => marks.imports.save(topic, epoch, through)));
    await marks.imports.end(epoch);
  }
}
