import { lmdbEngine, type Engine } from "@rtmsg/server";
import { Selection } from "@rtmsg/server/testing";
import type { AppendLog } from "./appender.js";
import { EVENT_DATA } from "./event.js";

/** What catch-up reads at a time. */
const PAGE = { maxEvents: 1_000, maxBytes: 262_144 };

/** rtmsg's log: the lmdb engine as the broker opens it. */
export class RtmsgLog implements AppendLog {
  readonly #engine: Engine;
  readonly #names: readonly string[];

  private constructor(engine: Engine, topics: number) {
    this.#engine = engine;
    this.#names = Array.from({ length: topics }, (_, topic) => nameOf(topic));
  }

  /** Opens the log of a folder, to be used with topics of numbers below a count. */
  static async open(path: string, topics: number): Promise<RtmsgLog> {
    const engine = await lmdbEngine({ path })({
      retentionOf: () => ({}),
      dedupe: { windowMs: 120_000, maxIds: 1_000_000 },
      maxTopics: 1_000_000,
      now: Date.now,
    });
    return new RtmsgLog(engine, topics);
  }

  append(topics: readonly number[]): Promise<unknown> {
    return this.#engine.append(
      topics.map((topic) => ({ topic: this.#names[topic] as string, json: EVENT_DATA })),
    );
  }

  /** Reads a topic from a position on; returns how many events it had there. */
  readTopic(topic: number, after = 0, limit = Number.POSITIVE_INFINITY): Promise<number> {
    return this.#read(new Selection(nameOf(topic)), after, limit);
  }

  /** Reads all topics as a pattern, from a position on; returns how many events there were. */
  readAll(after = 0, limit = Number.POSITIVE_INFINITY): Promise<number> {
    return this.#read(new Selection("bench.>"), after, limit);
  }

  /** Offset of the last event. */
  tail(): Promise<number> {
    return this.#engine.tail();
  }

  close(): Promise<void> {
    return this.#engine.close();
  }

  async #read(selection: Selection, after: number, limit: number): Promise<number> {
    let count = 0;
    let position = after;
    for (;;) {
      const maxEvents = Math.min(PAGE.maxEvents, limit - count);
      const page = await this.#engine.read(selection, position, { ...PAGE, maxEvents });
      for (const { json } of page.events) count += json.length === EVENT_DATA.length ? 1 : Number.NaN;
      if (page.atTail || count >= limit) return count;
      position = page.through;
    }
  }
}

function nameOf(topic: number): string {
  return `bench.topic-${topic}`;
}
