import type { AppendOutcome } from "../../../src/log/engine.js";
import { Selection } from "../../../src/log/selection.js";
import type { ErrorCode } from "../../../src/protocol/error.js";
import type { Retention } from "../../../src/protocol/topic-info.js";

/** An event as the model remembers it; it never forgets one. */
export interface ModelEvent {
  readonly topic: string;
  readonly offset: number;
  readonly time: number;
  readonly id: string | undefined;
  readonly text: string;
  readonly size: number;
}

/** An entry that is appended. */
export interface ModelEntry {
  readonly topic: string;
  /** The data as JSON. */
  readonly text: string;
  readonly id: string | undefined;
  /** The topic's last offset plus this is expected. */
  readonly expected: number | undefined;
}

/** An entry with its expected offset worked out. */
export interface PlannedEntry extends ModelEntry {
  readonly expectedOffset: number | undefined;
}

/** What the model knows of a topic. */
export interface ModelTopic {
  readonly name: string;
  readonly events: ModelEvent[];
  /** Trimmed at least up to here. */
  mark: number;
  /** Trimmed at least up to here after a crash. */
  savedMark: number;
  /** A trim up to here may have happened, though it was answered with a failure. */
  triedMark: number;
}

interface KnownId {
  readonly key: string;
  readonly event: ModelEvent;
}

/** The simplest log that does what an engine must: arrays, searched from end to end. */
export class LogModel {
  readonly events: ModelEvent[] = [];
  readonly topics = new Map<string, ModelTopic>();
  readonly windowMs: number;
  readonly maxTopics: number;
  /** Whether the log is shared by nodes, of which each knows a part: see where it is asked for. */
  readonly isShared: boolean;
  retention: Readonly<Record<string, Retention>> = {};
  /** The clock, as the engine is told. */
  now = 1_700_000_000_000;
  /** The latest that the clock has ever said: what may have been trimmed by age. */
  latest = this.now;
  ids: KnownId[] = [];

  constructor(limits: { windowMs: number; maxTopics: number; isShared: boolean }) {
    this.windowMs = limits.windowMs;
    this.maxTopics = limits.maxTopics;
    this.isShared = limits.isShared;
  }

  get tail(): number {
    return this.events.at(-1)?.offset ?? 0;
  }

  setClock(now: number): void {
    this.now = now;
    this.latest = Math.max(this.latest, now);
  }

  lastOffsetOf(topic: string): number {
    return this.topics.get(topic)?.events.at(-1)?.offset ?? 0;
  }

  retentionOf(topic: string): Retention {
    return this.retention[topic] ?? {};
  }

  /** Takes an append in; returns what is wrong with its outcome, if anything. */
  append(entry: PlannedEntry, outcome: AppendOutcome): string | undefined {
    if (this.#isOfTrimmed(entry, outcome) || this.#isOvertaken(entry, outcome)) return undefined;
    const time = Math.max(this.now, this.events.at(-1)?.time ?? 0);
    const known = this.#find(entry);
    const age = known === undefined ? Number.POSITIVE_INFINITY : time - known.time;
    const wrong = this.#compare(entry, outcome, age < this.windowMs ? known : undefined, time);
    // The clock went ahead and back: the id may have been forgotten meanwhile.
    const mayBeForgotten = known !== undefined && this.latest - known.time >= this.windowMs;
    return wrong !== undefined && mayBeForgotten ? this.#compare(entry, outcome, undefined, time) : wrong;
  }

  #compare(
    entry: PlannedEntry,
    outcome: AppendOutcome,
    known: ModelEvent | undefined,
    time: number,
  ): string | undefined {
    const refusal = this.#refuse(entry, known);
    if (refusal !== undefined) {
      return !outcome.ok && outcome.error.code === refusal ? undefined : `expected ${refusal}`;
    }
    if (!outcome.ok) return "expected a success";
    if (known !== undefined) {
      const isSame = outcome.duplicate && outcome.offset === known.offset && outcome.time === known.time;
      return isSame ? undefined : `expected the duplicate of offset ${known.offset}`;
    }
    if (outcome.duplicate) return "expected a new event";
    // Nodes keep the order of each topic only.
    const last = this.isShared ? this.lastOffsetOf(entry.topic) : this.tail;
    if (outcome.offset <= last) return `expected an offset after ${last}`;
    if (this.events.some(({ offset }) => offset === outcome.offset)) return "expected an offset of its own";
    // A node's clock does not go back, though what it stamped was not stored.
    const latest = this.isShared ? this.latest : time;
    if (outcome.time < time || outcome.time > latest) return `expected the time ${time}`;
    this.#store(entry, outcome.offset, outcome.time);
    return undefined;
  }

  /**
   * Whether an outcome says no more than that its id was used for an event that is trimmed: all that a node
   * knows of one that another node stored.
   */
  #isOfTrimmed(entry: PlannedEntry, outcome: AppendOutcome): boolean {
    if (!this.isShared || !outcome.ok || !outcome.duplicate) return false;
    const topic = this.topics.get(entry.topic);
    return (
      topic !== undefined &&
      outcome.offset <= this.maxMark(topic) &&
      this.ids.some(({ key, event }) => key === keyOf(entry) && event.offset === outcome.offset)
    );
  }

  /**
   * Whether an outcome says that a later event was stored while a node found out that an id is one that was
   * used long ago, and may be used again, or that the expected event was just being trimmed.
   */
  #isOvertaken(entry: PlannedEntry, outcome: AppendOutcome): boolean {
    const wasOvertaken = this.isShared && !outcome.ok && outcome.error.code === "UNAVAILABLE";
    const isLongAgo = ({ key, event }: KnownId): boolean =>
      key === keyOf(entry) && this.latest - event.time >= this.windowMs;
    const hasExpectation = (entry.expectedOffset ?? 0) > 0;
    return wasOvertaken && (hasExpectation || (entry.id !== undefined && this.ids.some(isLongAgo)));
  }

  /** The topics that a selection matches. */
  selected(selection: string): ModelTopic[] {
    const selected = new Selection(selection);
    return [...this.topics.values()].filter(({ name }) => selected.matches(name));
  }

  /** The newest event that may have been trimmed by now; at least the mark. */
  maxMark(topic: ModelTopic): number {
    return Math.max(this.dueMark(topic), topic.triedMark);
  }

  /** The newest event that retention trims by now; at least the mark. */
  dueMark(topic: ModelTopic): number {
    const { maxEvents, maxBytes, maxAge } = this.retentionOf(topic.name);
    let { mark } = topic;
    let count = 0;
    let bytes = 0;
    for (const { offset, size, time } of topic.events.toReversed()) {
      if (offset <= topic.mark) break;
      count++;
      bytes += size;
      const isOver =
        (maxEvents !== undefined && count > maxEvents) ||
        (maxBytes !== undefined && bytes > maxBytes) ||
        (maxAge !== undefined && this.latest - time > maxAge);
      if (isOver) mark = Math.max(mark, offset);
    }
    return mark;
  }

  /** Trims, as `Engine.trim` does; when it failed, it may have been done or not. */
  trim(name: string, through: number, isDone: boolean): void {
    const topic = this.topics.get(name);
    const last = topic?.events.findLast(({ offset }) => offset <= through)?.offset ?? 0;
    if (topic === undefined) return;
    if (!isDone) topic.triedMark = Math.max(topic.triedMark, last);
    else topic.savedMark = topic.mark = Math.max(topic.mark, last);
  }

  /** Takes back every event after an offset, as a crash does to what was not acknowledged. */
  rollBack(tail: number): void {
    while (this.tail > tail) this.events.pop();
    for (const topic of this.topics.values()) {
      while ((topic.events.at(-1)?.offset ?? 0) > tail) topic.events.pop();
      if (topic.events.length === 0) this.topics.delete(topic.name);
    }
    this.ids = this.ids.filter(({ event }) => event.offset <= tail);
  }

  /** Forgets everything, as the memory engine does when it is opened again. */
  clear(): void {
    this.events.length = 0;
    this.topics.clear();
    this.ids = [];
  }

  #find(entry: PlannedEntry): ModelEvent | undefined {
    return entry.id === undefined ? undefined : this.ids.findLast(({ key }) => key === keyOf(entry))?.event;
  }

  #refuse(entry: PlannedEntry, known: ModelEvent | undefined): ErrorCode | undefined {
    if (known !== undefined) return known.text === entry.text ? undefined : "EVENT_ID_CONFLICT";
    const last = this.lastOffsetOf(entry.topic);
    if (entry.expectedOffset !== undefined && entry.expectedOffset !== last) return "OFFSET_MISMATCH";
    return last === 0 && this.topics.size >= this.maxTopics ? "LIMIT_EXCEEDED" : undefined;
  }

  #store(entry: PlannedEntry, offset: number, time: number): void {
    const { topic: name, id, text } = entry;
    const event = { topic: name, offset, time, id, text, size: 64 + name.length + text.length };
    let topic = this.topics.get(name);
    if (topic === undefined) {
      topic = { name, events: [], mark: 0, savedMark: 0, triedMark: 0 };
      this.topics.set(name, topic);
    }
    topic.events.push(event);
    this.events.push(event);
    if (this.isShared) this.events.sort((one, other) => one.offset - other.offset);
    if (id !== undefined) this.ids.push({ key: keyOf(entry), event });
  }
}

function keyOf({ topic, id }: ModelEntry): string {
  return `${topic} ${id}`;
}
