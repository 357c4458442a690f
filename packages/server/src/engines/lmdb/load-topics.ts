import type { Retention } from "../../protocol/topic-info.js";
import { decodeDirectory } from "./directory.js";
import type { LmdbState } from "./lmdb-state.js";
import { LmdbTopic } from "./lmdb-topic.js";
import { openSealed } from "./seal.js";
import type { Tables } from "./tables.js";

/** Brings the topics back: their records, and what was appended after those were written. */
export function loadTopics(
  tables: Tables,
  state: LmdbState,
  indexedThrough: number,
  retentionOf: (topic: string) => Retention,
): void {
  for (const { key, value } of tables.topics.getRange({})) {
    const record = openSealed(value, `the record of topic number ${key}`);
    state.install(LmdbTopic.decode(key, record, retentionOf));
  }
  for (const { key, value } of tables.directories.getRange({
    start: indexedThrough + 1,
  })) {
    const { time, groups } = decodeDirectory(key, value);
    for (const group of groups) {
      const topic = state.byId(group.topicId);
      if (topic === undefined) continue;
      if (group.lastOffset > topic.lastOffset) state.addBlock(key, time, [group]);
      else if (key > topic.indexedThrough) {
        topic.pending.push(key);
        state.pendingBlocks++;
      }
    }
  }
}
