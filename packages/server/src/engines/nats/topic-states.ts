import type { LogUsage, TopicState, TopicStatePage } from "../../log/engine.js";
import { TopicNames } from "../topic-names.js";
import { Cursor } from "./cursor.js";
import type { NatsLink } from "./link.js";
import type { LogStream } from "./log-stream.js";
import { dataSize, eventStamp, type StreamMessage } from "./message.js";
import type { TrimMarks } from "./trim-marks.js";

/** Topics whose states are asked for at the same time. */
const TOGETHER = 64;
/** What an event counts for besides its topic's name and its data, as `storedSize` has it. */
const EVENT_OVERHEAD = 64;

/** Bytes of a topic's events, counted once. */
interface Sum {
  /** Counted are the events after this offset... */
  readonly after: number;
  /** ...up to and including this one. */
  readonly through: number;
  readonly bytes: number;
}

/**
 * What is known of topics. JetStream counts a subject's messages; their bytes are counted here, from the
 * messages' headers, and kept, so that only what came since is looked at the next time.
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

  /** Bytes of a topic's events after its mark, up to and including an offset. */
  async bytes(name: string, mark: number, through: number): Promise<number> {
    const known = this.#sums.get(name);
    const isUsable = known !== undefined && known.after === mark && known.through <= through;
    let bytes = isUsable ? known.bytes : 0;
    const from = isUsable ? known.through : mark;
    if (from < through) {
      for await (const message of this.#scan(name, from, through)) bytes += sizeOf(name, message);
      this.#sums.set(name, { after: mark, through, bytes });
    }
    return bytes;
  }

  /** The headers of a topic's events after an offset, up to and including another. */
  async *#scan(name: string, after: number, through: number): AsyncGenerator<StreamMessage, void> {
    const { cursor } = await Cursor.open(
      this.#link,
      this.#stream,
      this.#stream.subject(name),
      after + 1,
      true,
    );
    try {
      for (;;) {
        if ((await cursor.peek()) === undefined) return;
        const { ready } = cursor;
        cursor.take(ready.length);
        for (const message of ready) {
          if (message.seq > through) return;
          yield message;
        }
      }
    } finally {
      cursor.close();
    }
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
    return {
      topic,
      firstOffset: first.seq,
      lastOffset: last.seq,
      lastTime: eventStamp(last.header)?.time ?? last.time.getTime(),
      count: messages,
      bytes:
        messages === ends.length
          ? ends.reduce((sum, message) => sum + sizeOf(topic, message), 0)
          : await this.bytes(topic, trimmedThrough, last.seq),
      trimmedThrough,
    };
  }
}

function sizeOf(topic: string, message: StreamMessage): number {
  return EVENT_OVERHEAD + topic.length + dataSize(message);
}
