import { createEpoch } from "../../log/epoch.js";
import { decodeDirectory } from "./directory.js";
import type { LmdbState } from "./lmdb-state.js";
import { LmdbTopic } from "./lmdb-topic.js";
import { FORMAT, type LogMeta, type Tables } from "./tables.js";
import type { Retention } from "../../protocol/topic-info.js";

/** Notes in the log's own record that it is open; a log that may have lost something becomes another one. */
export async function openMeta(tables: Tables, isRelaxed: boolean, bootId: string): Promise<LogMeta> {
  const stored = tables.meta.get("log");
  const meta: LogMeta = {
    format: FORMAT,
    epoch: stored === undefined || mayHaveLost(stored, bootId) ? createEpoch() : stored.epoch,
    indexedThrough: stored?.indexedThrough ?? 0,
    isRelaxed,
    bootId,
    isClean: false,
  };
  await tables.write(() => void tables.meta.put("log", meta));
  return meta;
}

/** Notes that the log was closed in order. */
export async function closeMeta(tables: Tables): Promise<void> {
  const meta = tables.meta.get("log");
  if (meta !== undefined) await tables.write(() => void tables.meta.put("log", { ...meta, isClean: true }));
}

/**
 * Whether events that were acknowledged may be gone: receipts did not wait for the disk, and the
 * machine went down, or cannot tell whether it did. Offsets could then be used twice, so the log becomes
 * another one.
 */
function mayHaveLost(meta: LogMeta, bootId: string): boolean {
  const isSameBoot = bootId !== "" && meta.bootId === bootId;
  return meta.isRelaxed && !meta.isClean && !isSameBoot;
}

/** Brings the topics back: their records, and what was appended after those were written. */
export function loadTopics(
  tables: Tables,
  state: LmdbState,
  meta: LogMeta,
  retentionOf: (topic: string) => Retention,
): void {
  for (const { key, value } of tables.topics.getRange({}))
    state.install(LmdbTopic.decode(key, value, retentionOf));
  for (const { key, value } of tables.directories.getRange({ start: meta.indexedThrough + 1 })) {
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
