import type { EngineSettings } from "../../log/engine.js";
import type { Logger } from "../../observe/logger.js";
import type { Retention } from "../../protocol/topic-info.js";
import { headersOf } from "./cursor.js";
import type { NatsLink } from "./link.js";
import type { LogStream, StreamSnapshot } from "./log-stream.js";
import { dataSize, eventStamp, type StreamMessage } from "./message.js";
import type { TopicStates } from "./topic-states.js";
import type { TrimMarks } from "./trim-marks.js";

/** Events that one step looks at; the next step follows at once. */
const STEP_EVENTS = 2_000;

/** What the retainer needs of the engine. */
export interface RetainerParts {
  readonly link: NatsLink;
  readonly stream: LogStream;
  readonly marks: TrimMarks;
  readonly states: TopicStates;
  readonly settings: EngineSettings;
  readonly maxLogBytes: number | undefined;
  readonly sweepMs: number;
  readonly logger: Logger;
}

/** An event that may have to go. */
interface Candidate {
  readonly topic: string;
  readonly offset: number;
  readonly time: number;
  /** Bytes, as `storedSize` counts them. */
  readonly bytes: number;
}

/**
 * Trims what retention does not keep. A topic's mark is saved before its events are purged, so that it does
 * no harm when two nodes do so at once, or one dies in between.
 */
export class Retainer {
  readonly #parts: RetainerParts;
  readonly #timer: NodeJS.Timeout;
  #sweeping: Promise<void> | undefined;
  #swept: StreamSnapshot | undefined;
  /** When the oldest event of a topic is too old, by topic; what is absent is not known. */
  readonly #due = new Map<string, number>();
  #isClosed = false;

  constructor(parts: RetainerParts) {
    this.#parts = parts;
    this.#timer = setInterval(() => this.#wake(), parts.sweepMs).unref();
  }

  /** Trims a topic through an offset; returns how many events went. */
  async trim(topic: string, through: number): Promise<number> {
    const { marks } = this.#parts;
    const newest = await this.#newestUpTo(topic, through);
    if (newest === undefined) return 0;
    await marks.save(topic, newest.offset, newest.time);
    return this.#purge(topic, newest.offset);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    await this.#sweeping;
    await this.#parts.marks.lease.release().catch(() => undefined);
  }

  #wake(): void {
    if (this.#sweeping !== undefined || !this.#parts.link.isUp) return;
    this.#sweeping = this.#sweep()
      .catch((error: unknown) => {
        if (!this.#isClosed) this.#parts.logger.warn({ error }, "retention failed, and will be tried again");
      })
      .finally(() => {
        this.#sweeping = undefined;
      });
  }

  async #sweep(): Promise<void> {
    const { stream, marks, maxLogBytes } = this.#parts;
    if (!(await marks.lease.hold())) return;
    const snapshot = await stream.snapshot();
    if (snapshot.last === this.#swept?.last) await this.#sweepAged();
    else this.#swept = (await this.#sweepTopics()) ? snapshot : undefined;
    if (maxLogBytes !== undefined) await this.#sweepLog(maxLogBytes);
  }

  /** Looks at every topic that has a retention; returns whether none has to be looked at again. */
  async #sweepTopics(): Promise<boolean> {
    const { stream, settings } = this.#parts;
    const counts = await stream.counts(stream.subject(">"));
    let isDone = true;
    for (const [subject, count] of Object.entries(counts)) {
      if (this.#isClosed) return false;
      const topic = stream.topic(subject);
      isDone = (await this.#sweepTopic(topic, count, settings.retentionOf(topic))) && isDone;
    }
    return isDone;
  }

  /** Looks at the topics whose oldest event has grown too old. */
  async #sweepAged(): Promise<void> {
    const { stream, settings } = this.#parts;
    for (const [topic, due] of this.#due) {
      if (this.#isClosed) return;
      if (due >= settings.now()) continue;
      const subject = stream.subject(topic);
      const counts = await stream.counts(subject);
      await this.#sweepTopic(topic, counts[subject] ?? 0, settings.retentionOf(topic));
    }
  }

  /** Trims what a topic's retention does not keep; returns false when others trimmed it at the same time. */
  async #sweepTopic(topic: string, messages: number, retention: Retention): Promise<boolean> {
    const { stream, marks, states } = this.#parts;
    const { maxEvents, maxAge, maxBytes } = retention;
    if (messages === 0) this.#due.delete(topic);
    const isWithin = maxEvents === undefined || messages <= maxEvents;
    if (messages === 0 || (isWithin && maxAge === undefined && maxBytes === undefined)) return true;
    const subject = stream.subject(topic);
    let front = await this.#front(topic);
    const last = await stream.last(subject);
    if (last === undefined) return true;
    let events = maxEvents === undefined ? 0 : ((await stream.counts(subject))[subject] ?? 0);
    let { bytes } =
      maxBytes === undefined ? { bytes: 0 } : await states.sum(topic, marks.through(topic), last.seq);
    for (;;) {
      const now = this.#parts.settings.now();
      let newest: Candidate | undefined;
      let isDone = true;
      let looked = 0;
      for await (const event of this.#events(subject)) {
        // What was counted is not what is there.
        if (front !== undefined && event.offset !== front) return false;
        front = undefined;
        const isAged = maxAge !== undefined && now - event.time > maxAge;
        const isOver =
          (maxEvents !== undefined && events > maxEvents) || (maxBytes !== undefined && bytes > maxBytes);
        if (!isAged && !isOver) {
          if (maxAge !== undefined) this.#due.set(topic, event.time + maxAge);
          break;
        }
        newest = event;
        events--;
        bytes -= event.bytes;
        if (++looked >= STEP_EVENTS) {
          isDone = false;
          break;
        }
      }
      if (newest === undefined) return true;
      await marks.save(topic, newest.offset, newest.time);
      await this.#purge(topic, newest.offset);
      if (isDone) return true;
    }
  }

  /** The first event of a topic, when everything before it is gone: who marked it may have ended before it was. */
  async #front(topic: string): Promise<number | undefined> {
    const { stream, marks } = this.#parts;
    const through = marks.through(topic);
    const first = await stream.next(stream.subject(topic), 1);
    if (first === undefined || first.seq > through) return first?.seq;
    await this.#purge(topic, through);
    return (await stream.next(stream.subject(topic), 1))?.seq;
  }

  /** Trims the oldest events of all topics until the log fits. */
  async #sweepLog(maxLogBytes: number): Promise<void> {
    const { stream, marks } = this.#parts;
    for (;;) {
      const { bytes, first, last } = await stream.snapshot();
      let excess = bytes - maxLogBytes;
      // The newest event stays, however large it is.
      if (excess <= 0 || first >= last || this.#isClosed) return;
      const newest = new Map<string, Candidate>();
      let looked = 0;
      for await (const event of this.#events(stream.subject(">"))) {
        if (excess <= 0 || event.offset >= last || ++looked > STEP_EVENTS) break;
        newest.set(event.topic, event);
        excess -= event.bytes;
      }
      if (newest.size === 0) return;
      // All marks before the first purge: nobody is to see a part of it.
      const trims = [...newest.values()];
      await Promise.all(trims.map(({ topic, offset, time }) => marks.save(topic, offset, time)));
      await Promise.all(trims.map(({ topic, offset }) => this.#purge(topic, offset)));
    }
  }

  async #purge(topic: string, through: number): Promise<number> {
    const purged = await this.#parts.stream.purge(topic, through);
    if (purged > 0) this.#parts.settings.observer?.trimmed(topic, purged);
    return purged;
  }

  /** The retained events of a filter from the oldest on, without their data. */
  async *#events(filter: string): AsyncGenerator<Candidate, void> {
    const { link, stream, marks } = this.#parts;
    for await (const message of headersOf(link, stream, filter, 1)) {
      const event = candidateOf(message, stream);
      if (event.offset > marks.through(event.topic)) yield event;
    }
  }

  /** The newest event of a topic that is not after an offset, and not trimmed. */
  async #newestUpTo(topic: string, through: number): Promise<{ offset: number; time: number } | undefined> {
    const { stream, marks } = this.#parts;
    const subject = stream.subject(topic);
    await marks.complete(await stream.snapshot());
    const last = await stream.last(subject);
    const first = await stream.next(subject, marks.through(topic) + 1);
    if (last === undefined || first === undefined || first.seq > through) return undefined;
    let found = last.seq <= through ? last : first;
    let low = found.seq + 1;
    let high = last.seq <= through ? low : through + 1;
    // From `low` on there may be a newer one; at `high` and after it there is none that counts.
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const message = await stream.next(subject, middle);
      if (message === undefined || message.seq > through) high = middle;
      else {
        found = message;
        low = message.seq + 1;
      }
    }
    return { offset: found.seq, time: eventStamp(found.header)?.time ?? found.time.getTime() };
  }
}

function candidateOf(message: StreamMessage, stream: LogStream): Candidate {
  const topic = stream.topic(message.subject);
  return {
    topic,
    offset: message.seq,
    time: eventStamp(message.headers)?.time ?? 0,
    bytes: 64 + topic.length + dataSize(message),
  };
}
