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
  const time = Math.max(now, state.lastTime);
  const events: StoredEvent[] = [];
  const contentHashes: (string | undefined)[] = [];
  const outcomes: AppendOutcome[] = [];
  const plannedIds = new Map<string, PlannedId>();
  const plannedLast = new Map<string, number>();
  let tail = state.tail;
  let topicCount = state.topicCount;

  const plan = (entry: AppendEntry): AppendOutcome => {
    if (entry.id !== undefined) {
      const known = findId(entry, entry.id);
      if (known !== undefined) return answerKnownId(entry, known);
    }
    const last = plannedLast.get(entry.topic) ?? state.lastOffsetOf(entry.topic);
    if (entry.expectedOffset !== undefined && entry.expectedOffset !== last) return mismatch(entry, last);
    if (last === 0 && ++topicCount > maxTopics) {
      topicCount--;
      return tooManyTopics(entry.topic, maxTopics);
    }
    tail++;
    const event: StoredEvent = {
      topic: entry.topic,
      offset: tail,
      time,
      id: entry.id,
      key: entry.key,
      headers: entry.headers,
      json: entry.json,
      meta: entry.meta,
    };
    events.push(event);
    contentHashes.push(entry.contentHash);
    plannedLast.set(entry.topic, tail);
    if (entry.id !== undefined) {
      plannedIds.set(`${entry.topic} ${entry.id}`, { event, contentHash: entry.contentHash });
    }
    return { ok: true, offset: tail, time, duplicate: false };
  };

  const findId = (
    entry: AppendEntry,
    id: string,
  ): { offset: number; time: number; contentHash?: string | undefined } | undefined => {
    const planned = plannedIds.get(`${entry.topic} ${id}`);
    if (planned === undefined) return state.dedupe.find(entry.topic, id, time);
    return { offset: planned.event.offset, time, contentHash: planned.contentHash };
  };

  for (const entry of entries) outcomes.push(plan(entry));
  return { events, contentHashes, outcomes };
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
