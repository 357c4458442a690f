import type { StreamConfig } from "@nats-io/jetstream";
import type { Selection } from "../../log/selection.js";
import { Bucket } from "./bucket.js";
import { ImportMarks } from "./import-marks.js";
import { Lease } from "./lease.js";
import type { NatsLink } from "./link.js";
import type { LogStream, StreamSnapshot } from "./log-stream.js";

/** What is saved of a topic's trims. */
interface SavedMark {
  /** Offset of the newest event that was trimmed. */
  readonly through: number;
  /** The time of that event. */
  readonly time: number;
}

/** What is known of a topic's trims. */
export interface TrimMark extends SavedMark {
  readonly revision: number;
  /** The number of its last trim. */
  readonly number: number;
}

/** Keys are topics, in a part of the bucket of their own. */
const TOPIC_KEYS = "topic.";

/**
 * How far each topic was trimmed: saved in a bucket before events are removed, and followed here, so that
 * a reader on any node knows of a gap. A reader syncs when the stream has lost messages since the last time.
 */
export class TrimMarks {
  readonly #stream: LogStream;
  readonly #marks = new Map<string, TrimMark>();
  /** Which node trims by retention; it is kept in the same bucket. */
  readonly lease = new Lease({ put: (key, value, revision) => this.#bucket.put(key, value, revision) });
  /** How far topics have the events of other logs; in the same bucket as well. */
  readonly imports = new ImportMarks({
    put: (key, value, revision) => this.#bucket.put(key, value, revision),
    sync: () => this.#bucket.sync(),
  });
  #bucket!: Bucket;
  /** Trims that were there when the engine was opened have the number 1. */
  #number = 0;
  #isOpen = false;
  /** The newest mark of all. */
  #newest = 0;
  /** Messages that were removed from the stream, when the marks were last complete. */
  #removed = -1;
  /** What limits of the stream have removed: everything before and including a sequence. */
  #outside = { through: 0, number: 0 };

  private constructor(stream: LogStream) {
    this.#stream = stream;
  }

  /** Opens the marks of a stream. */
  static async open(link: NatsLink, stream: LogStream, config: StreamConfig): Promise<TrimMarks> {
    const marks = new TrimMarks(stream);
    marks.#bucket = await Bucket.open(link, `${stream.name}_marks`, config, ({ key, value, revision }) => {
      if (key.startsWith(TOPIC_KEYS)) marks.#take(topicOfKey(key), value as SavedMark, revision);
      else if (ImportMarks.has(key)) marks.imports.take(key, value, revision);
      else marks.lease.take(key, value, revision);
    });
    await marks.complete(await stream.snapshot());
    marks.#isOpen = true;
    return marks;
  }

  /** Names of the topics that were trimmed. */
  get topics(): Iterable<string> {
    return this.#marks.keys();
  }

  /** How many topics were trimmed. */
  get size(): number {
    return this.#marks.size;
  }

  /** The number of the last trim; 0 before the first. */
  get lastNumber(): number {
    return this.#number;
  }

  /** The mark of a topic. */
  of(topic: string): TrimMark | undefined {
    return this.#marks.get(topic);
  }

  /** Offset of the newest event of a topic that was trimmed; 0 when none was. */
  through(topic: string): number {
    return this.#marks.get(topic)?.through ?? 0;
  }

  /** Makes sure that every trim is known that the stream shows; `snapshot` was taken after what is to be judged was read. */
  async complete({ removed, first, last }: StreamSnapshot): Promise<void> {
    if (removed !== this.#removed) {
      await this.#bucket.sync();
      this.#removed = removed;
    }
    // What went before every mark, or by a limit, rtmsg has not trimmed.
    const isOutside = first - 1 > this.#newest || (this.#stream.hasLimits && first > 1);
    if (isOutside && first - 1 > this.#outside.through && last > 0) {
      this.#outside = { through: first - 1, number: this.#nextNumber() };
    }
  }

  /** Brings the marks up to now. */
  sync(): Promise<void> {
    return this.#bucket.sync();
  }

  /** The last trim of a topic of which a selected event after a position was trimmed; 0 when none was. */
  lastAfter(selection: Selection, after: number): number {
    let last = this.#outside.through > after ? this.#outside.number : 0;
    if (this.#newest <= after) return last;
    if (!selection.isPattern) {
      const mark = this.#marks.get(selection.text);
      return mark !== undefined && mark.through > after ? Math.max(last, mark.number) : last;
    }
    for (const [topic, { through, number }] of this.#marks) {
      if (through > after && number > last && selection.matches(topic)) last = number;
    }
    return last;
  }

  /**
   * Saves that a topic is trimmed through an offset, which must be that of an event. Safe when two nodes
   * trim at the same time: a mark only grows.
   */
  async save(topic: string, through: number, time: number): Promise<void> {
    for (;;) {
      const known = this.#marks.get(topic);
      if (known !== undefined && known.through >= through) return;
      const value: SavedMark = { through, time };
      if (await this.#bucket.put(keyOfTopic(topic), value, known?.revision ?? 0)) return;
      await this.#bucket.sync();
    }
  }

  close(): void {
    this.#bucket.close();
  }

  #take(topic: string, { through, time }: SavedMark, revision: number): void {
    const number = this.#nextNumber();
    this.#marks.set(topic, { through, time, revision, number });
    this.#newest = Math.max(this.#newest, through);
  }

  #nextNumber(): number {
    return (this.#number = this.#isOpen ? this.#number + 1 : 1);
  }
}

/** Keys of a bucket have no `~`; topics have no `=`. */
function keyOfTopic(topic: string): string {
  return TOPIC_KEYS + topic.replaceAll("~", "=7E");
}

function topicOfKey(key: string): string {
  return key.slice(TOPIC_KEYS.length).replaceAll("=7E", "~");
}
