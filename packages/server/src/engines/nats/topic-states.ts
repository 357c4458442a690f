import type { LogUsage, TopicState, TopicStatePage } from "../../log/engine.js";
import { TopicNames } from "../topic-names.js";
import { headersOf } from "./cursor.js";
import type { NatsLink } from "./link.js";
import type { LogStream } from "./log-stream.js";
import { dataSize, eventStamp, type StreamMessage } from "./message.js";
import type { TrimMarks } from "./trim-marks.js";

/** Topics whose states are asked for at the same time. */
const TOGETHER = 64;
/** What an event counts for besides its topic's name and its data, as `storedSize` has it. */
const EVENT_OVERHEAD = 64;

/** How many events a topic has and their bytes, counted once. */
interface Sum {
  /** Counted are the events after this offset... */
  readonly after: number;
  /** ...up to and including this one. */
  readonly through: number;
  readonly events: number;
  readonly bytes: number;
}

/**
 * What is known of topics. JetStream counts a subject's messages, and those that are marked as trimmed and are
 * there still; events and their bytes are counted here, from the messages' headers, and kept, so that only what
 * came since is looked at the next time.
 */
export class TopicStates {
  readonly #link: NatsLink;
  readonly #stream: LogStream;
  readonly #marks: TrimMarks;
  readonly #sums = new Map<string, Sum>();

  constructor(link: NatsLink, stream: LogStream, marks: TrimMarks) {
    this.#link = link;
    this.#stream = stream;
    this.#marks = marks;
  }

  /** What is known of a topic; undefined before its first event. */
  async topic(name: string): Promise<TopicState | undefined> {
    await this.#marks.complete(await this.#stream.snapshot());
    const counts = await this.#stream.counts(this.#stream.subject(name));
    return this.#state(name, counts[this.#stream.subject(name)] ?? 0);
  }

  /** Topics by name. */
  async page(options: { prefix: string; after: string; limit: number }): Promise<TopicStatePage> {
    await this.#marks.complete(await this.#stream.snapshot());
    const counts = await this.#stream.counts(this.#stream.subject(">"));
    const all = new TopicNames();
    for (const subject of Object.keys(counts)) all.add(this.#stream.topic(subject));
    for (const topic of this.#marks.topics) {
      if (counts[this.#stream.subject(topic)] === undefined) all.add(topic);
    }
    const { names, more } = all.page(options);
    const topics: TopicState[] = [];
    for (let start = 0; start < names.length; start += TOGETHER) {
      const states = names
        .slice(start, start + TOGETHER)
        .map((name) => this.#state(name, counts[this.#stream.subject(name)] ?? 0));
      for (const state of await Promise.all(states)) {
        if (state !== undefined) topics.push(state);
      }
    }
    return { topics, more };
  }

  /** What the log takes; its bytes are those that NATS counts, so that they need not be read. */
  async usage(): Promise<LogUsage> {
    const { messages: events, bytes, subjects } = await this.#stream.snapshot();
    const usage = { events, bytes: events === 0 ? 0 : bytes, topics: subjects, fileBytes: null };
    if (this.#marks.size === 0) return usage;
    const topics = new Set(this.#marks.topics);
    for (const subject of Object.keys(await this.#stream.counts(this.#stream.subject(">")))) {
      topics.add(this.#stream.topic(subject));
    }
    return { ...usage, topics: topics.size };
  }

  /** A topic's events after its mark, up to and including an offset. */
  async sum(name: string, mark: number, through: number): Promise<{ events: number; bytes: number }> {
    const known = this.#sums.get(name);
    const isUsable = known !== undefined && known.after === mark && known.through <= through;
    if (isUsable && known.through === through) return known;
    let { events, bytes } = isUsable ? known : { events: 0, bytes: 0 };
    const after = isUsable ? known.through : mark;
    const messages = headersOf(this.#link, this.#stream, this.#stream.subject(name), after + 1);
    for await (const message of messages) {
      if (message.seq > through) break;
      events++;
      bytes += sizeOf(name, message);
    }
    const sum = { after: mark, through, events, bytes };
    this.#sums.set(name, sum);
    return sum;
  }

  async #state(topic: string, messages: number): Promise<TopicState | undefined> {
    const mark = this.#marks.of(topic);
    const subject = this.#stream.subject(topic);
    const [last, first] =
      messages === 0
        ? []
        : await Promise.all([
            this.#stream.last(subject),
            this.#stream.next(subject, (mark?.through ?? 0) + 1),
          ]);
    if (last === undefined || first === undefined) {
      if (mark === undefined) return undefined;
      const { through, time } = mark;
      return {
        topic,
        firstOffset: undefined,
        lastOffset: through,
        lastTime: time,
        count: 0,
        bytes: 0,
        trimmedThrough: through,
      };
    }
    const ends: StreamMessage[] = [first, ...(last.seq > first.seq ? [last] : [])].map(
      ({ seq, header, data }) => ({ subject, seq, headers: header, data }),
    );
    const trimmedThrough = mark?.through ?? 0;
    const { events, bytes } =
      messages === ends.length
        ? { events: messages, bytes: ends.reduce((sum, message) => sum + sizeOf(topic, message), 0) }
        : await this.sum(topic, trimmedThrough, last.seq);
    return {
      topic,
      firstOffset: first.seq,
      lastOffset: last.seq,
      lastTime: eventStamp(last.header)?.time ?? last.time.getTime(),
      count: events,
      bytes,
      trimmedThrough,
    };
  }
}

function sizeOf(topic: string, message: StreamMessage): number {
  return EVENT_OVERHEAD + topic.length + dataSize(message);
}
