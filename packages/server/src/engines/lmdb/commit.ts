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
}

/**
 * Encodes a plan.
 *
 * @param blockBytes - a block takes no more events once it is this large
 */
export function encodeCommit(
  { events, topics }: AppendPlan<LmdbTopic>,
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
    if (bytes < blockBytes && to < events.length) continue;
    blocks.push(encodeBlock({ events, topicIds, from, to }));
    from = to;
    bytes = 0;
  }
  return { newTopics: [...newTopics.values()], topicIds, blocks };
}

function draft(name: string, drafted: Map<string, LmdbTopic>, state: LmdbState): LmdbTopic {
  let topic = drafted.get(name);
  if (topic === undefined) {
    topic = state.draft(name, drafted.size);
    drafted.set(name, topic);
  }
  return topic;
}
