import type { AppendPlan } from "../../log/append-plan.js";
import { storedSize, type StoredEvent } from "../../log/stored-event.js";
import { encodeBlock, type EncodedBlock } from "./block.js";
import type { LmdbState } from "./lmdb-state.js";
import type { LmdbTopic } from "./lmdb-topic.js";

/** A plan as it is written. */
export interface EncodedCommit {
  /** Topics that have their first event in it. */
  readonly newTopics: readonly LmdbTopic[];
  /** The ids of the events' topics, in the events' order. */
  readonly topicIds: readonly number[];
  readonly blocks: readonly EncodedBlock[];
  /** About how much is written, in bytes. */
  readonly bytes: number;
}

/** What a topic's record, a directory's entry and an event's id take, about. */
const ENTRY_BYTES = 200;

/**
 * Encodes a plan.
 *
 * @param blockBytes - a block takes no more events once it is this large
 */
export function encodeCommit(
  { events, topics, ids }: AppendPlan<LmdbTopic>,
  state: LmdbState,
  blockBytes: number,
): EncodedCommit {
  const newTopics = new Map<string, LmdbTopic>();
  const topicIds: number[] = [];
  for (let index = 0; index < events.length; index++) {
    const topic = topics[index] ?? draft((events[index] as StoredEvent).topic, newTopics, state);
    topicIds.push(topic.id);
  }
  const blocks: EncodedBlock[] = [];
  let from = 0;
  let bytes = 0;
  for (let to = 1; to <= events.length; to++) {
    bytes += storedSize(events[to - 1] as StoredEvent);
    // Only imported events differ in time from others of their commit.
    const isSameTime = events[to]?.time === (events[to - 1] as StoredEvent).time;
    if (bytes < blockBytes && isSameTime) continue;
    blocks.push(encodeBlock({ events, topicIds, from, to }));
    from = to;
    bytes = 0;
  }
  return {
    newTopics: [...newTopics.values()],
    topicIds,
    blocks,
    bytes: sizeOf(blocks, newTopics.size, ids.length),
  };
}

function sizeOf(blocks: readonly EncodedBlock[], newTopics: number, ids: number): number {
  let entries = newTopics + ids;
  let bytes = 0;
  for (const block of blocks) {
    bytes += block.bytes.length;
    entries += block.groups.length;
  }
  return bytes + entries * ENTRY_BYTES;
}

function draft(name: string, drafted: Map<string, LmdbTopic>, state: LmdbState): LmdbTopic {
  let topic = drafted.get(name);
  if (topic === undefined) {
    topic = state.draft(name, drafted.size);
    drafted.set(name, topic);
  }
  return topic;
}
