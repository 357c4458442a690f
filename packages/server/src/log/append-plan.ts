import { RtmsgError } from "../protocol/error.js";
import type { DedupeWindow } from "./dedupe-window.js";
import type { AppendEntry, AppendOutcome } from "./engine.js";
import type { StoredEvent } from "./stored-event.js";

/** The committed state that appends are checked against. */
export interface CommittedState {
  /** Offset of the last event. */
  readonly tail: number;
  /** Time of the last event. */
  readonly lastTime: number;
  /** Topics that have had an event. */
  readonly topicCount: number;
  /** Offset of a topic's last event ever; 0 before its first. */
  lastOffsetOf(topic: string): number;
  /** The recent event ids. */
  readonly dedupe: DedupeWindow;
}

/** What one commit is to write, and what its entries will answer if it succeeds. */
export interface AppendPlan {
  readonly events: readonly StoredEvent[];
  /** Hashes of the events' contents, in the same order; undefined for events without an id. */
  readonly contentHashes: readonly (string | undefined)[];
  /** One per entry. */
  readonly outcomes: readonly AppendOutcome[];
}

/** An event id that this plan itself is about to store. */
interface PlannedId {
  readonly event: StoredEvent;
  readonly contentHash: string | undefined;
}

/**
 * Decides what a commit writes: gives offsets and times, and answers duplicates, conflicts and
 * missed expectations. It changes nothing, so that a commit which fails leaves nothing behind.
 */
export function planAppend(
  entries: readonly AppendEntry[],
  state: CommittedState,
  now: number,
  maxTopics: number,
): AppendPlan {
  const planner = new Planner(state, Math.max(now, state.lastTime), maxTopics);
  for (const entry of entries) planner.outcomes.push(planner.plan(entry));
  return planner;
}

class Planner implements AppendPlan {
  readonly events: StoredEvent[] = [];
  readonly contentHashes: (string | undefined)[] = [];
  readonly outcomes: AppendOutcome[] = [];
  readonly #state: CommittedState;
  readonly #time: number;
  readonly #maxTopics: number;
  readonly #plannedIds = new Map<string, PlannedId>();
  readonly #newTopics = new Set<string>();
  /** Last planned offsets by topic; made when the first entry expects one, since few do. */
  #plannedLast: Map<string, number> | undefined;
  #tail: number;

  constructor(state: CommittedState, time: number, maxTopics: number) {
    this.#state = state;
    this.#time = time;
    this.#maxTopics = maxTopics;
    this.#tail = state.tail;
  }

  plan(entry: AppendEntry): AppendOutcome {
    const { topic, id, contentHash } = entry;
    if (id !== undefined) {
      const known = this.#findId(topic, id);
      if (known !== undefined) return answerKnownId(entry, known);
    }
    const committed = this.#state.lastOffsetOf(topic);
    if (entry.expectedOffset !== undefined) {
      const last = this.#lastPlanned(topic) ?? committed;
      if (entry.expectedOffset !== last) return mismatch(entry, last);
    }
    if (committed === 0 && !this.#newTopics.has(topic)) {
      if (this.#state.topicCount + this.#newTopics.size >= this.#maxTopics) {
        return tooManyTopics(topic, this.#maxTopics);
      }
      this.#newTopics.add(topic);
    }
    const offset = ++this.#tail;
    const time = this.#time;
    const { key, headers, json, meta } = entry;
    const event: StoredEvent = { topic, offset, time, id, key, headers, json, meta };
    this.events.push(event);
    this.contentHashes.push(contentHash);
    this.#plannedLast?.set(topic, offset);
    if (id !== undefined) this.#plannedIds.set(`${topic} ${id}`, { event, contentHash });
    return { ok: true, offset, time, duplicate: false };
  }

  #findId(
    topic: string,
    id: string,
  ): { offset: number; time: number; contentHash?: string | undefined } | undefined {
    const planned = this.#plannedIds.get(`${topic} ${id}`);
    if (planned === undefined) return this.#state.dedupe.find(topic, id, this.#time);
    return { offset: planned.event.offset, time: this.#time, contentHash: planned.contentHash };
  }

  #lastPlanned(topic: string): number | undefined {
    if (this.#plannedLast === undefined) {
      this.#plannedLast = new Map(this.events.map((event) => [event.topic, event.offset]));
    }
    return this.#plannedLast.get(topic);
  }
}

function answerKnownId(
  entry: AppendEntry,
  known: { offset: number; time: number; contentHash?: string | undefined },
): AppendOutcome {
  if (known.contentHash === entry.contentHash) {
    return { ok: true, offset: known.offset, time: known.time, duplicate: true };
  }
  const message = `Event id "${entry.id}" was used on topic "${entry.topic}" for other data, key or headers, at offset ${known.offset}: give each event its own id`;
  return { ok: false, error: new RtmsgError("EVENT_ID_CONFLICT", message) };
}

function mismatch(entry: AppendEntry, actual: number): AppendOutcome {
  const message = `Topic "${entry.topic}" is at offset ${actual}, not at the expected ${entry.expectedOffset}: read what was added and decide again`;
  return { ok: false, error: new RtmsgError("OFFSET_MISMATCH", message, { actual }) };
}

function tooManyTopics(topic: string, limit: number): AppendOutcome {
  const message = `Topic "${topic}" would be one more than the limit of ${limit} topics: use fewer names, or raise maxTopics`;
  return { ok: false, error: new RtmsgError("LIMIT_EXCEEDED", message, { limit }) };
}
