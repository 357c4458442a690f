import { type StoredMsg, type StreamInfo } from "@nats-io/jetstream";
import type { Selection } from "../../log/selection.js";
import { Cursor } from "./cursor.js";
import { JS_ERROR, jsCodeOf, refusedByJetStream, unavailable } from "./failure.js";
import type { NatsLink } from "./link.js";

/** What the stream's leader says of it. */
export interface StreamSnapshot {
  /** The last sequence ever. */
  readonly last: number;
  /** The first sequence that is still there; one after `last` in an empty stream. */
  readonly first: number;
  /** How many messages were removed so far, by whomever. */
  readonly removed: number;
  /** Messages that are there. */
  readonly messages: number;
  /** Bytes, as NATS counts them. */
  readonly bytes: number;
  /** How many subjects have messages. */
  readonly subjects: number;
}

/** The stream that is the log, as its leader answers for it. */
export class LogStream {
  readonly name: string;
  readonly epoch: string;
  /** Whether limits of the stream remove messages without asking rtmsg. */
  readonly hasLimits: boolean;
  /** Whether several servers have it. */
  readonly isReplicated: boolean;
  /** Length of the part of a subject before the topic. */
  readonly prefix: number;
  readonly #link: NatsLink;
  /** The newest sequence that is known to be stored. */
  #known = 0;
  #asking: Promise<StreamSnapshot> | undefined;
  #next: Promise<StreamSnapshot> | undefined;

  /**
   * @param link - the connection
   * @param name - the stream's
   * @param epoch - as it is kept with the stream
   * @param kept - whether limits remove messages, and whether several servers have it
   */
  constructor(
    link: NatsLink,
    name: string,
    epoch: string,
    { hasLimits, isReplicated }: { readonly hasLimits: boolean; readonly isReplicated: boolean },
  ) {
    this.#link = link;
    this.name = name;
    this.epoch = epoch;
    this.hasLimits = hasLimits;
    this.isReplicated = isReplicated;
    this.prefix = name.length + 1;
  }

  /** The subject of a topic, or of a pattern's topics. */
  subject(topic: string): string {
    return `${this.name}.${topic}`;
  }

  /** The filter that lets a selection through. */
  filter({ text }: Selection): string {
    return this.subject(text);
  }

  /** The topic of a subject. */
  topic(subject: string): string {
    return subject.slice(this.prefix);
  }

  /** Notes that a sequence is stored: what is asked from now on is no older. */
  note(sequence: number): void {
    if (sequence > this.#known) this.#known = sequence;
  }

  /** The stream as its leader has it after this call. Those who ask at the same time share the answer. */
  snapshot(): Promise<StreamSnapshot> {
    if (this.#asking === undefined) {
      this.#asking = this.#ask();
      return this.#asking;
    }
    // The question that is under way may have been answered already, over there.
    this.#next ??= this.#asking.then(
      () => this.#askNext(),
      () => this.#askNext(),
    );
    return this.#next;
  }

  /** The last message of a filter; undefined when none is there. */
  async last(filter: string): Promise<StoredMsg | undefined> {
    const query = { last_by_subj: filter };
    return (
      (await this.#link.call("look up an event", (manager) =>
        manager.streams.getMessage(this.name, query),
      )) ?? undefined
    );
  }

  /** The first message of a filter at or after a sequence; undefined when none is there. */
  async next(filter: string, from: number): Promise<StoredMsg | undefined> {
    const query = { seq: Math.max(1, from), next_by_subj: filter };
    return (
      (await this.#link.call("look up an event", (manager) =>
        manager.streams.getMessage(this.name, query),
      )) ?? undefined
    );
  }

  /** The message of a sequence; undefined when it is not there. */
  async message(seq: number): Promise<StoredMsg | undefined> {
    return (
      (await this.#link.call("look up an event", (manager) =>
        manager.streams.getMessage(this.name, { seq }),
      )) ?? undefined
    );
  }

  /** How many messages each subject of a filter has. */
  async counts(filter: string): Promise<Readonly<Record<string, number>>> {
    const info = await this.#link.call("count events", (manager) =>
      manager.streams.info(this.name, { subjects_filter: filter }),
    );
    return info.state.subjects ?? {};
  }

  /** Removes a topic's messages up to and including a sequence; returns how many went. */
  async purge(topic: string, through: number): Promise<number> {
    const filter = this.subject(topic);
    if (this.isBefore210) return this.#delete(filter, through);
    const options = { filter, seq: through + 1 };
    const { purged } = await this.#link.call("trim", (manager) => manager.streams.purge(this.name, options));
    return purged;
  }

  /**
   * Whether the server has the faults of 2.9: a purge of one subject moves consumers of a wider filter on, past
   * messages of others (nats-server pull request 3838), and what is pending may count messages that are deleted.
   */
  get isBefore210(): boolean {
    const [major = 0, minor = 0] = (this.#link.connection.info?.version ?? "").split(".").map(Number);
    return major < 2 || (major === 2 && minor < 10);
  }

  async #delete(filter: string, through: number): Promise<number> {
    let deleted = 0;
    // A cursor that breaks is made again: what was deleted is not there any more.
    await this.#link.call("trim", async () => {
      const { cursor } = await Cursor.open(this.#link, this, filter, 1, true);
      try {
        while ((await cursor.peek()) !== undefined) {
          const messages = cursor.ready.filter(({ seq }) => seq <= through);
          const gone = await Promise.all(messages.map(({ seq }) => this.#deleteOne(seq)));
          deleted += gone.filter(Boolean).length;
          if (messages.length < cursor.ready.length) break;
          cursor.take(messages.length);
        }
      } finally {
        cursor.close();
      }
    });
    return deleted;
  }

  async #deleteOne(seq: number): Promise<boolean> {
    return this.#link.call("trim", async (manager) => {
      try {
        return await manager.streams.deleteMessage(this.name, seq, false);
      } catch (error) {
        const isGone = jsCodeOf(error) === JS_ERROR.deleteFailed && (await this.message(seq)) === undefined;
        // Another node was faster.
        if (isGone) return false;
        throw error;
      }
    });
  }

  async #askNext(): Promise<StreamSnapshot> {
    this.#next = undefined;
    this.#asking = this.#ask();
    return this.#asking;
  }

  async #ask(): Promise<StreamSnapshot> {
    const deadline = performance.now() + this.#link.timeoutMs;
    const known = this.#known;
    try {
      for (;;) {
        const info = await this.#link.call("answer for its stream", (manager) =>
          manager.streams.info(this.name),
        );
        const snapshot = snapshotOf(info);
        // A new leader may not have applied all that was stored.
        if (snapshot.last >= known) {
          this.note(snapshot.last);
          return snapshot;
        }
        if (performance.now() > deadline) throw this.#lost(known, snapshot.last);
      }
    } finally {
      this.#asking = undefined;
    }
  }

  #lost(known: number, last: number): Error {
    if (last === 0) return refusedByJetStream(0, `stream ${this.name} was emptied or made again`);
    return unavailable(`find offset ${known} again, its stream ends at ${last}`, this.#link.timeoutMs);
  }
}

function snapshotOf({ state }: StreamInfo): StreamSnapshot {
  const { last_seq: last, messages, bytes, first_seq: first } = state;
  return {
    last,
    first: messages === 0 ? last + 1 : first,
    removed: last - messages,
    messages,
    bytes,
    subjects: state.num_subjects ?? 0,
  };
}
