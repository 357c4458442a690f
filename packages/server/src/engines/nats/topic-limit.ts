import { tooManyTopics } from "../../log/refusals.js";
import type { AppendEntry } from "../../log/engine.js";
import type { RtmsgError } from "../../protocol/error.js";
import type { LogStream } from "./log-stream.js";
import type { TrimMarks } from "./trim-marks.js";

/** So far from the limit new topics are let in without asking: other nodes make some, too. */
const SLACK = 10_000;

/** Holds to the most topics a log may have. Nodes that make topics at the same moment may pass it by a few. */
export class TopicLimit {
  readonly #stream: LogStream;
  readonly #marks: TrimMarks;
  readonly #most: number;
  #known = new Set<string>();
  /** Topics that were looked up, and not there. */
  readonly #absent = new Set<string>();
  /** Topics that there were, at most, when that was last learned. */
  #count = Number.POSITIVE_INFINITY;
  /** Whether the count is of a moment ago. */
  #isFresh = false;

  constructor(stream: LogStream, marks: TrimMarks, most: number) {
    this.#stream = stream;
    this.#marks = marks;
    this.#most = most;
  }

  /** Whether it has to be looked up if an entry's topic is there, since its producer may make so many only. */
  isUnseen({ topic, newTopics }: AppendEntry): boolean {
    return newTopics !== undefined && !this.#known.has(topic) && !this.#absent.has(topic);
  }

  /** Lets an entry's topic in, or says why not; `"unknown"`: it has to be learned how many there are. */
  admit({ topic, newTopics }: AppendEntry): undefined | "unknown" | RtmsgError {
    if (this.#known.has(topic)) return undefined;
    const isFar = this.#count + SLACK < this.#most;
    if (!isFar && !this.#isFresh) return "unknown";
    this.#isFresh = false;
    if (this.#count >= this.#most) return tooManyTopics(topic, this.#most);
    const refusal = newTopics?.take(topic);
    if (refusal === undefined && isFar) {
      this.#count++;
      this.note(topic);
    }
    return refusal;
  }

  /** Looks up which of some topics are there. */
  async look(topics: Iterable<string>): Promise<void> {
    const look = async (topic: string): Promise<void> => {
      const isThere =
        this.#marks.of(topic) !== undefined ||
        (await this.#stream.last(this.#stream.subject(topic))) !== undefined;
      if (isThere) this.note(topic);
      else this.#absent.add(topic);
    };
    await Promise.all([...topics].map(look));
  }

  /** Notes that a topic has an event. */
  note(topic: string): void {
    this.#known.add(topic);
    this.#absent.delete(topic);
  }

  /** Finds out how many topics there are. */
  async learn(): Promise<void> {
    const { subjects } = await this.#stream.snapshot();
    await this.#marks.sync();
    // Some of those that were trimmed have events still.
    this.#count = subjects + this.#marks.size;
    if (this.#count >= this.#most) {
      const counts = await this.#stream.counts(this.#stream.subject(">"));
      this.#known = new Set(Object.keys(counts).map((subject) => this.#stream.topic(subject)));
      for (const topic of this.#marks.topics) this.#known.add(topic);
      this.#count = this.#known.size;
    }
    this.#isFresh = true;
  }
}
