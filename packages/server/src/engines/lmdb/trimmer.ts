import { setImmediate as nextTurn } from "node:timers/promises";
import type { LogObserver } from "../../log/engine.js";
import { storedSize, type StoredEvent } from "../../log/stored-event.js";
import type { Group } from "./block.js";
import type { LmdbState } from "./lmdb-state.js";
import type { LmdbTopic } from "./lmdb-topic.js";
import type { LogReader } from "./log-reader.js";
import type { Tables } from "./tables.js";
import type { LmdbTuning } from "./tuning.js";

/** What a topic's record takes, about. */
const RECORD_BYTES = 200;

/** Decides how far a topic is trimmed. */
interface TrimRule {
  /** Whether a whole group goes, by what is known without reading it. */
  takesGroup(group: Group, time: number, soFar: Trimmed): boolean;
  /** Whether an event goes. */
  takesEvent(event: StoredEvent, soFar: Trimmed): boolean;
}

/** What a trim has taken so far. */
interface Trimmed {
  through: number;
  count: number;
  bytes: number;
}

/**
 * Trims events: marks them first, so that no reader sees them, then saves the mark. Their blocks are
 * removed later, many at a time.
 */
export class Trimmer {
  readonly #tables: Tables;
  readonly #state: LmdbState;
  readonly #reader: LogReader;
  readonly #maxLogBytes: number | undefined;
  readonly #stepMs: number;
  readonly #observer: LogObserver | undefined;
  readonly #overdue = new Set<LmdbTopic>();
  /** Topics that were trimmed since `takeTrimmed`. */
  #trimmed = new Set<LmdbTopic>();
  /** Topics whose mark is not saved yet: nothing of them may be removed. */
  readonly #unsaved = new Set<LmdbTopic>();
  /** Where trimming of the whole log goes on. */
  #logCursor = 0;
  /** Whether there was nothing left to trim when the log was over its bound. */
  #isLogStuck = false;

  constructor(parts: {
    tables: Tables;
    state: LmdbState;
    reader: LogReader;
    maxLogBytes: number | undefined;
    tuning: LmdbTuning;
    observer: LogObserver | undefined;
  }) {
    this.#tables = parts.tables;
    this.#state = parts.state;
    this.#reader = parts.reader;
    this.#maxLogBytes = parts.maxLogBytes;
    this.#stepMs = parts.tuning.stepMs;
    this.#observer = parts.observer;
  }

  /** Notes a topic that may have more than retention keeps. */
  note(topic: LmdbTopic, now: number): void {
    this.#isLogStuck = false;
    if (topic.isOverdue(now)) this.#overdue.add(topic);
  }

  /** Notes every topic that has events older than retention keeps. */
  noteAged(now: number): void {
    for (const topic of this.#state.topics) {
      if (topic.retention.maxAge !== undefined) this.note(topic, now);
    }
  }

  /** Whether there is something to trim. */
  get isDue(): boolean {
    return this.#overdue.size > 0 || this.#unsaved.size > 0 || this.#isLogOver;
  }

  /** The topics trimmed since the last call. */
  takeTrimmed(): Set<LmdbTopic> {
    const trimmed = this.#trimmed;
    this.#trimmed = new Set();
    return trimmed;
  }

  /** Trims for a few ms; call again while `isDue`. */
  async step(now: number): Promise<void> {
    const deadline = performance.now() + this.#stepMs;
    for (const topic of this.#overdue) {
      this.#overdue.delete(topic);
      // What cannot be trimmed is looked at again when it grows or grows older, not in the next step.
      if (this.#trim(topic, retentionRule(topic, now), deadline) > 0) this.note(topic, now);
      if (performance.now() > deadline) break;
    }
    if (this.#isLogOver && performance.now() < deadline) this.#trimLog(deadline);
    await this.save();
  }

  /** Trims a topic up to and including an offset, in steps; returns how many events went. */
  async trimThrough(topic: LmdbTopic, through: number): Promise<number> {
    let trimmed = 0;
    for (;;) {
      const count = this.#trim(topic, offsetRule(through), performance.now() + this.#stepMs);
      await this.save();
      if (count === 0) return trimmed;
      trimmed += count;
      await nextTurn();
    }
  }

  /** Saves the records of what was trimmed. After a failure they wait for the next call. */
  async save(): Promise<void> {
    const topics = [...this.#unsaved];
    if (topics.length === 0) return;
    await this.#tables.write("room", topics.length * RECORD_BYTES, () => {
      for (const topic of topics) void this.#tables.topics.put(topic.id, topic.encode());
    });
    for (const topic of topics) this.#unsaved.delete(topic);
  }

  get #isLogOver(): boolean {
    return this.#maxLogBytes !== undefined && this.#state.liveBytes > this.#maxLogBytes && !this.#isLogStuck;
  }

  /** Trims what a rule takes, up to a deadline; returns how many events went. */
  #trim(topic: LmdbTopic, rule: TrimRule, deadline: number): number {
    const taken: Trimmed = { through: topic.trimmedThrough, count: 0, bytes: 0 };
    try {
      for (const place of this.#reader.groupsAfter(topic, topic.trimmedThrough)) {
        const { group, time } = place;
        const isWhole = group.firstOffset > topic.trimmedThrough;
        if (isWhole && rule.takesGroup(group, time, taken)) {
          take(taken, group.lastOffset, group.count, group.size);
        } else if (!takeEvents(this.#reader.eventsOf(topic, place, 0), rule, taken)) break;
        if (performance.now() > deadline) break;
      }
    } finally {
      // A damaged event ends it; what comes before goes all the same.
      this.#mark(topic, taken);
      this.#refreshFirst(topic);
    }
    return taken.count;
  }

  /** Trims the oldest blocks of the whole log. */
  #trimLog(deadline: number): void {
    const touched = new Set<LmdbTopic>();
    this.#isLogStuck = true;
    for (const directory of this.#reader.soundDirectoriesFrom(this.#logCursor)) {
      this.#isLogStuck = false;
      for (const group of directory.groups) {
        const topic = this.#state.byId(group.topicId);
        if (topic === undefined || group.lastOffset <= topic.trimmedThrough) continue;
        const place = { blockOffset: directory.blockOffset, time: directory.time, group };
        const taken: Trimmed = { through: group.lastOffset, count: group.count, bytes: group.size };
        if (group.firstOffset <= topic.trimmedThrough) {
          const left = this.#reader.eventsOf(topic, place, 0);
          taken.count = left.length;
          taken.bytes = left.reduce((sum, event) => sum + storedSize(event), 0);
        }
        this.#mark(topic, taken);
        touched.add(topic);
      }
      this.#logCursor = directory.blockOffset + 1;
      if (!this.#isLogOver || performance.now() > deadline) break;
    }
    for (const topic of touched) this.#refreshFirst(topic);
  }

  #mark(topic: LmdbTopic, { through, count, bytes }: Trimmed): void {
    if (through === topic.trimmedThrough) return;
    this.#state.markTrimmed(topic, through, count, bytes);
    this.#observer?.trimmed(topic.name, count);
    this.#trimmed.add(topic);
    this.#unsaved.add(topic);
  }

  #refreshFirst(topic: LmdbTopic): void {
    const first = topic.count === 0 ? undefined : this.#reader.firstOf(topic);
    topic.firstOffset = first?.offset ?? 0;
    topic.firstTime = first?.time ?? 0;
  }
}

function takeEvents(events: readonly StoredEvent[], rule: TrimRule, taken: Trimmed): boolean {
  for (const event of events) {
    if (!rule.takesEvent(event, taken)) return false;
    take(taken, event.offset, 1, storedSize(event));
  }
  return true;
}

function take(taken: Trimmed, through: number, count: number, bytes: number): void {
  taken.through = through;
  taken.count += count;
  taken.bytes += bytes;
}

function retentionRule(topic: LmdbTopic, now: number): TrimRule {
  const { maxEvents, maxAge, maxBytes } = topic.retention;
  const overEvents = maxEvents === undefined ? 0 : topic.count - maxEvents;
  const overBytes = maxBytes === undefined ? 0 : topic.bytes - maxBytes;
  const isAged = (time: number): boolean => maxAge !== undefined && now - time > maxAge;
  return {
    takesGroup: (group, time, { count, bytes }) =>
      isAged(time) || count + group.count <= overEvents || bytes + group.size <= overBytes,
    takesEvent: (event, { count, bytes }) => isAged(event.time) || count < overEvents || bytes < overBytes,
  };
}

function offsetRule(through: number): TrimRule {
  return {
    takesGroup: (group) => group.lastOffset <= through,
    takesEvent: (event) => event.offset <= through,
  };
}
