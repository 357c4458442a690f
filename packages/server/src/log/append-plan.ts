import type { DedupeEntry } from "./dedupe-entry.js";
import type { DedupeWindow } from "./dedupe-window.js";
import type { AppendEntry, AppendOutcome, EventOrigin } from "./engine.js";
import { idConflict, offsetMismatch, tooManyTopics } from "./refusals.js";
import type { StoredEvent } from "./stored-event.js";

/** What appends are checked against of a topic that has had an event. */
export interface CommittedTopic {
  /** Offset of its last event ever. */
  readonly lastOffset: number;
}

/** The committed state that appends are checked against. */
export interface CommittedState<T extends CommittedTopic = CommittedTopic> {
  /** Offset of the last event. */
  readonly tail: number;
  /** Time of the last event. */
  readonly lastTime: number;
  /** Topics that have had an event. */
  readonly topicCount: number;
  /** A topic; undefined before its first event. */
  byName(topic: string): T | undefined;
  /** The recent event ids. */
  readonly dedupe: DedupeWindow;
  /** Offset of the last event that a topic has of another log; 0 when it has none. Only of engines that import. */
  importedThrough?(topic: T, epoch: string): number;
}

/** How far a topic has another log's events. */
export interface ImportMark {
  readonly topic: string;
  /** Where one of the topic's events is among the plan's events. */
  readonly index: number;
  /** The other log's epoch. */
  readonly epoch: string;
  /** Offset there of the last event. */
  readonly through: number;
}

/** What one commit is to write, and what its entries will answer if it succeeds. */
export interface AppendPlan<T extends CommittedTopic = CommittedTopic> {
  readonly events: readonly StoredEvent[];
  /** The events' topics, in the same order, so that they are looked up once; undefined for new ones. */
  readonly topics: readonly (T | undefined)[];
  /** The events that have an id, in their order. */
  readonly ids: readonly PlannedId[];
  /** What becomes of the topics' marks of other logs. */
  readonly imported: ReadonlyMap<string, ImportMark>;
  /** One per entry. */
  readonly outcomes: readonly AppendOutcome[];
}

/** An event id that a plan is about to store. */
export interface PlannedId {
  readonly id: string;
  readonly event: StoredEvent;
  /** Where the event is among the plan's events. */
  readonly index: number;
  /** Hash of the id, as the dedupe window makes it. */
  readonly idHash: number;
  /** Hash of the event's content. */
  readonly contentHash: string;
  /** The same id on another topic. */
  readonly other: PlannedId | undefined;
}

/**
 * Decides what a commit writes: gives offsets and times, and answers duplicates, conflicts and
 * missed expectations. It changes nothing, so that a commit which fails leaves nothing behind.
 */
export function planAppend<T extends CommittedTopic>(
  entries: readonly AppendEntry[],
  state: CommittedState<T>,
  now: number,
  maxTopics: number,
): AppendPlan<T> {
  const planner = new Planner(state, Math.max(now, state.lastTime), maxTopics);
  for (const entry of entries) planner.outcomes.push(planner.plan(entry));
  return planner;
}

class Planner<T extends CommittedTopic> implements AppendPlan<T> {
  readonly events: StoredEvent[] = [];
  readonly topics: (T | undefined)[] = [];
  readonly ids: PlannedId[] = [];
  readonly imported = new Map<string, ImportMark>();
  readonly outcomes: AppendOutcome[] = [];
  readonly #state: CommittedState<T>;
  readonly #time: number;
  readonly #maxTopics: number;
  /** By id alone: an id and its topic would have to be joined, and the text hashed, for each event. */
  readonly #plannedIds = new Map<string, PlannedId>();
  readonly #newTopics = new Set<string>();
  /** Last planned offsets by topic; made when the first entry expects one, since few do. */
  #plannedLast: Map<string, number> | undefined;
  #tail: number;
  /** Time of the last event, planned ones too. */
  #lastTime: number;

  constructor(state: CommittedState<T>, time: number, maxTopics: number) {
    this.#state = state;
    this.#time = time;
    this.#maxTopics = maxTopics;
    this.#tail = state.tail;
    this.#lastTime = state.lastTime;
  }

  plan(entry: AppendEntry): AppendOutcome {
    const { topic, id, origin } = entry;
    const idHash = id === undefined ? 0 : this.#state.dedupe.hashOf(id);
    if (id !== undefined && origin === undefined) {
      const known = this.#findId(topic, id, idHash);
      if (known !== undefined) return answerKnownId(entry, known);
    }
    const committed = this.#state.byName(topic);
    if (origin !== undefined && origin.offset <= this.#importedThrough(topic, committed, origin)) {
      return { ok: true, offset: committed?.lastOffset ?? this.#tail, time: origin.time, duplicate: true };
    }
    if (entry.expectedOffset !== undefined) {
      const last = this.#lastPlanned(topic) ?? committed?.lastOffset ?? 0;
      if (entry.expectedOffset !== last) return { ok: false, error: offsetMismatch(entry, last) };
    }
    if (committed === undefined && !this.#newTopics.has(topic)) {
      if (this.#state.topicCount + this.#newTopics.size >= this.#maxTopics) {
        return { ok: false, error: tooManyTopics(topic, this.#maxTopics) };
      }
      const refusal = entry.newTopics?.take(topic);
      if (refusal !== undefined) return { ok: false, error: refusal };
      this.#newTopics.add(topic);
    }
    const offset = ++this.#tail;
    const time = origin === undefined ? this.#time : this.#timeOf(origin);
    this.#lastTime = time;
    const { key, headers, json, meta } = entry;
    const event: StoredEvent = { topic, offset, time, id, key, headers, json, meta };
    this.events.push(event);
    this.topics.push(committed);
    this.#plannedLast?.set(topic, offset);
    if (id !== undefined) this.#remember(id, idHash, event, entry.contentHash);
    if (origin !== undefined) {
      const index = this.events.length - 1;
      const mark = { topic, index, epoch: origin.epoch, through: origin.offset };
      this.imported.set(markKey(topic, origin), mark);
    }
    return { ok: true, offset, time, duplicate: false };
  }

  #remember(id: string, idHash: number, event: StoredEvent, contentHash = ""): void {
    const other = this.#plannedIds.get(id);
    const planned = { id, idHash, event, index: this.events.length - 1, contentHash, other };
    this.ids.push(planned);
    this.#plannedIds.set(id, planned);
  }

  #findId(topic: string, id: string, idHash: number): DedupeEntry | undefined {
    let planned = this.#plannedIds.get(id);
    while (planned !== undefined && planned.event.topic !== topic) planned = planned.other;
    if (planned === undefined) return this.#state.dedupe.find(topic, id, this.#time, idHash);
    return { offset: planned.event.offset, time: this.#time, contentHash: planned.contentHash };
  }

  #importedThrough(topic: string, committed: T | undefined, origin: EventOrigin): number {
    const planned = this.imported.get(markKey(topic, origin));
    if (planned !== undefined) return planned.through;
    return committed === undefined ? 0 : (this.#state.importedThrough?.(committed, origin.epoch) ?? 0);
  }

  /** The time of an imported event: its own, within what times may be here. */
  #timeOf(origin: EventOrigin): number {
    return Math.max(this.#lastTime, Math.min(origin.time, this.#time));
  }

  #lastPlanned(topic: string): number | undefined {
    if (this.#plannedLast === undefined) {
      this.#plannedLast = new Map(this.events.map((event) => [event.topic, event.offset]));
    }
    return this.#plannedLast.get(topic);
  }
}

/** Neither part has a space. */
function markKey(topic: string, { epoch }: EventOrigin): string {
  return `${epoch} ${topic}`;
}

function answerKnownId(entry: AppendEntry, known: DedupeEntry): AppendOutcome {
  if (known.contentHash === (entry.contentHash ?? "")) {
    return { ok: true, offset: known.offset, time: known.time, duplicate: true };
  }
  return { ok: false, error: idConflict(entry, known.offset) };
}
