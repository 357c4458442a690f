import { setTimeout as sleep } from "node:timers/promises";
import type { LogPage, PageLimits } from "../../log/engine.js";
import type { Selection } from "../../log/selection.js";
import { storedSize, type StoredEvent } from "../../log/stored-event.js";
import { RtmsgError } from "../../protocol/error.js";
import { Cursor } from "./cursor.js";
import { unavailable } from "./failure.js";
import type { NatsLink } from "./link.js";
import type { LogStream } from "./log-stream.js";
import { decodeMessage, eventStamp } from "./message.js";
import type { TrimMarks } from "./trim-marks.js";

/** Cursors that are kept for whoever reads on where a page ended. */
const KEPT_CURSORS = 32;
/** A cursor is removed before NATS removes its consumer, in ms. */
const KEPT_MS = 10_000;
/** Between two tries with another cursor, in ms. */
const RETRY_MS = 20;

/** A page of events that are only counted. */
const COUNTED_PAGE: PageLimits = { maxEvents: 1_000, maxBytes: 8_388_608 };

/** What the reader needs of the engine. */
export interface LogReaderParts {
  readonly link: NatsLink;
  readonly stream: LogStream;
  readonly marks: TrimMarks;
  /** Where the log ends for readers here, as far as listeners to every commit were told; undefined without such. */
  readonly told: () => number | undefined;
}

interface KeptCursor {
  readonly cursor: Cursor;
  readonly since: number;
}

/** What a page is to hold. */
interface Wanted {
  readonly filter: string;
  readonly after: number;
  /** Where the log ends. */
  readonly end: number;
  /** Sequence of the newest message of the filter. */
  readonly newest: number;
  readonly limits: PageLimits;
}

/** A page before it is known what was trimmed meanwhile. */
interface Draft {
  readonly events: readonly StoredEvent[];
  readonly through: number;
  readonly atTail: boolean;
}

/**
 * Reads pages of the log. The stream's leader says where the log ends; a page ends there only once it has
 * every event that the leader has, since a reader may be served by a replica that is behind.
 */
export class LogReader {
  readonly #parts: LogReaderParts;
  readonly #kept = new Map<string, KeptCursor>();
  readonly #timer: NodeJS.Timeout;

  constructor(parts: LogReaderParts) {
    this.#parts = parts;
    this.#timer = setInterval(() => this.#forget(), KEPT_MS / 4).unref();
  }

  /** A page of the selected events after a position. */
  async read(selection: Selection, after: number, limits: PageLimits): Promise<LogPage> {
    const { stream, marks } = this.#parts;
    let position = after;
    for (;;) {
      const draft = await this.#retrying(() => this.#draft(selection, position, limits));
      // Asked for after the events were read: a trim that took some of them shows here.
      await marks.complete(await stream.snapshot());
      // From here on nothing is waited for: events and trims belong to the same moment.
      const events = draft.events.filter(({ topic, offset }) => offset > marks.through(topic));
      if (events.length > 0 || draft.atTail || selection.isPattern) {
        return { ...draft, events, lastTrim: marks.lastAfter(selection, after) };
      }
      position = draft.through;
    }
  }

  /** A position before the first event at or after a time, and after every event before it. */
  async positionAtTime(time: number): Promise<number> {
    const { stream } = this.#parts;
    const { first, last } = await stream.snapshot();
    const end = Math.min(last, this.#parts.told() ?? last);
    let low = first;
    let high = end + 1;
    // Finds the first sequence from which on events are not before the time.
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const message = await stream.next(stream.subject(">"), middle);
      if (message === undefined || message.seq > end) high = middle;
      else if ((eventStamp(message.header)?.time ?? 0) >= time) high = middle;
      else low = message.seq + 1;
    }
    return Math.min(low - 1, end);
  }

  /** The position just before the last `count` selected events. */
  async positionOfLast(selection: Selection, count: number): Promise<number> {
    const { stream, link } = this.#parts;
    const { first, last } = await stream.snapshot();
    const end = Math.min(last, this.#parts.told() ?? last);
    if (count === 0) return end;
    const filter = stream.filter(selection);
    const after = (from: number): Promise<number> =>
      this.#retrying(async () => {
        const { cursor, pending } = await Cursor.open(link, stream, filter, from);
        cursor.close();
        return pending;
      });
    const newer = end === last ? 0 : await after(end + 1);
    // The last position after which as many are pending.
    const search = async (wanted: number): Promise<number> => {
      let low = first;
      let high = end + 1;
      while (low < high) {
        const middle = Math.ceil((low + high) / 2);
        if ((await after(middle)) - newer >= wanted) low = middle;
        else high = middle - 1;
      }
      return low - 1;
    };
    if (!stream.isBefore210) return search(count);
    // What is pending may be too much, so that what is there is counted.
    for (let wanted = count; ;) {
      const position = await search(wanted);
      const offsets = await this.#offsets(selection, position, end);
      if (offsets.length > count) return offsets[offsets.length - count - 1] as number;
      if (offsets.length === count || position < first) return position;
      wanted += count - offsets.length;
    }
  }

  /** The offsets of the selected events after a position, up to an offset. */
  async #offsets(selection: Selection, position: number, end: number): Promise<number[]> {
    const offsets: number[] = [];
    for (let after = position; ;) {
      const { events, through, atTail } = await this.read(selection, after, COUNTED_PAGE);
      for (const { offset } of events) if (offset <= end) offsets.push(offset);
      if (atTail || through >= end) return offsets;
      after = through;
    }
  }

  close(): void {
    clearInterval(this.#timer);
    for (const { cursor } of this.#kept.values()) cursor.close();
    this.#kept.clear();
  }

  async #draft(selection: Selection, after: number, limits: PageLimits): Promise<Draft> {
    const { stream } = this.#parts;
    const told = this.#parts.told();
    const { last } = await stream.snapshot();
    const end = Math.min(last, told ?? last);
    if (end <= after) return { events: [], through: after, atTail: true };
    const filter = stream.filter(selection);
    const newest = (await stream.last(filter))?.seq ?? 0;
    if (newest <= after) return { events: [], through: end, atTail: true };
    return this.#collect({ filter, after, end, newest, limits });
  }

  async #collect({ filter, after, end, newest, limits }: Wanted): Promise<Draft> {
    const { stream, link } = this.#parts;
    let cursor = await this.#cursor(filter, after);
    const done = (draft: Draft, taken: number): Draft => {
      cursor.take(taken);
      this.#keep(filter, draft.through, cursor);
      return draft;
    };
    const events: StoredEvent[] = [];
    let bytes = 0;
    let reached = after;
    let expected = newest;
    const deadline = performance.now() + link.timeoutMs;
    for (;;) {
      const isBehind = reached < Math.min(expected, end);
      if ((await cursor.peek()) === undefined && isBehind && (await cursor.peek(true)) === undefined) {
        // The newest was trimmed meanwhile, a replica is behind, or the consumer is stuck, as they are in NATS
        // 2.9 when messages are purged before them.
        if (performance.now() > deadline) throw unavailable(`deliver offset ${expected}`, link.timeoutMs);
        expected = (await stream.last(filter))?.seq ?? 0;
        cursor.close();
        cursor = (await Cursor.open(link, stream, filter, reached + 1)).cursor;
        continue;
      }
      let taken = 0;
      for (const message of cursor.ready) {
        if (message.seq > end) {
          return done({ events, through: end, atTail: true }, taken);
        }
        const event = decodeMessage(message, stream.prefix);
        if (event !== undefined) {
          bytes += storedSize(event);
          if (events.length > 0 && (events.length >= limits.maxEvents || bytes > limits.maxBytes)) {
            return done({ events, through: reached, atTail: false }, taken);
          }
          events.push(event);
        }
        taken++;
        reached = message.seq;
      }
      if (reached >= Math.min(expected, end) || expected <= after) {
        return done({ events, through: Math.max(end, reached), atTail: true }, taken);
      }
      cursor.take(taken);
    }
  }

  async #cursor(filter: string, after: number): Promise<Cursor> {
    const { link, stream } = this.#parts;
    const key = `${after} ${filter}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined) {
      this.#kept.delete(key);
      return kept.cursor;
    }
    return (await Cursor.open(link, stream, filter, after + 1)).cursor;
  }

  #keep(filter: string, position: number, cursor: Cursor): void {
    const key = `${position} ${filter}`;
    if (this.#kept.has(key)) {
      cursor.close();
      return;
    }
    this.#kept.set(key, { cursor, since: performance.now() });
    for (const [oldest, { cursor: old }] of this.#kept) {
      if (this.#kept.size <= KEPT_CURSORS) return;
      this.#kept.delete(oldest);
      old.close();
    }
  }

  #forget(): void {
    for (const [key, { cursor, since }] of this.#kept) {
      if (performance.now() - since < KEPT_MS) continue;
      this.#kept.delete(key);
      cursor.close();
    }
  }

  /** Reads again with another cursor when one broke. */
  async #retrying<T>(work: () => Promise<T>): Promise<T> {
    const { timeoutMs } = this.#parts.link;
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (error instanceof RtmsgError) throw error;
        if (performance.now() > deadline) throw unavailable("deliver events", timeoutMs, error);
        await sleep(RETRY_MS);
      }
    }
  }
}
