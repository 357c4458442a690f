import { createEpoch } from "../../log/epoch.js";
import { readBootId } from "./data-folder.js";
import { decodeDirectory } from "./directory.js";
import type { LmdbState } from "./lmdb-state.js";
import { LmdbTopic } from "./lmdb-topic.js";
import type { LogMeta, Tables } from "./tables.js";
import type { Retention } from "../../protocol/topic-info.js";

/** The layout that this version writes. */
const FORMAT = 1;

/**
 * Reads the log's own record, and notes that the log is open.
 *
 * @throws Error when the log is of a newer version
 */
export async function openMeta(tables: Tables, path: string, isRelaxed: boolean): Promise<LogMeta> {
  const stored = tables.meta.get("log");
  if (stored !== undefined && stored.format !== FORMAT) {
    throw new Error(
      `The log in ${path} has format ${stored.format}, and this version of rtmsg reads format ${FORMAT}: use the version that wrote it, or a newer one`,
    );
  }
  const bootId = readBootId();
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
 * machine went down. Offsets could then be used twice, so the log becomes another one.
 */
function mayHaveLost(meta: LogMeta, bootId: string): boolean {
  return meta.isRelaxed && !meta.isClean && meta.bootId !== bootId;
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
