import type { AppendPlan, PlannedId } from "../../log/append-plan.js";
import type { DedupeLimits } from "../../log/engine.js";
import { writeOneByteText, writeText } from "../../log/short-text.js";
import type { LmdbState } from "./lmdb-state.js";
import { isSealed, seal, SEAL_BYTES, unsealed } from "./seal.js";
import type { Tables } from "./tables.js";

/** The ids of one commit's events of one time, as they are stored. */
interface IdRecord {
  readonly firstOffset: number;
  readonly time: number;
  readonly count: number;
}

const TIME_BYTES = 8;
/** Topic id, offset from the commit's first, length of the hash, length of the id. */
const ENTRY_BYTES = 12;
/** Records that one step removes at most. */
const EXPIRE_STEP = 256;

/** Keeps the dedupe window on disk, one record a commit and time, so that it survives a restart. */
export class IdTable {
  readonly #tables: Tables;
  readonly #limits: DedupeLimits;
  #records: IdRecord[] = [];
  #count = 0;

  constructor(tables: Tables, limits: DedupeLimits) {
    this.#tables = tables;
    this.#limits = limits;
  }

  /** Puts a commit's ids into the batch that is being made. */
  put(plan: AppendPlan, topicIds: readonly number[]): void {
    for (const ids of byTime(plan.ids)) {
      void this.#tables.ids.put(ids[0].event.offset, encodeIds(ids, topicIds));
    }
  }

  /** Notes a commit's ids, once they are written. */
  wrote(plan: AppendPlan): void {
    for (const ids of byTime(plan.ids)) {
      const { offset, time } = ids[0].event;
      this.#note({ firstOffset: offset, time, count: ids.length });
    }
  }

  /**
   * Brings the window back from disk.
   *
   * @param state - has the window
   * @param now - in ms
   * @param onDamage - is told of records that are not as they were written: of their ids nothing is known
   */
  load(state: LmdbState, now: number, onDamage: (what: string) => void): void {
    const records: { key: number; value: Buffer | undefined }[] = [];
    let count = 0;
    for (const { key, value: sealed } of this.#tables.ids.getRange({ reverse: true })) {
      if (!isSealed(sealed)) {
        onDamage(`the event ids of the commit at offset ${key}`);
        records.push({ key, value: undefined });
        continue;
      }
      const value = unsealed(sealed);
      if (now - value.readDoubleLE(0) >= this.#limits.windowMs || count >= this.#limits.maxIds) break;
      records.push({ key, value });
      count += countIds(value);
    }
    for (const key of this.#tables.ids.getKeys({})) {
      if (key >= (records.at(-1)?.key ?? Number.POSITIVE_INFINITY)) break;
      // Older than the window: known without ids, so that it is removed in its turn.
      this.#records.push({ firstOffset: key, time: 0, count: 0 });
    }
    for (const { key, value } of records.toReversed()) {
      const isKnown = value !== undefined;
      const [time, added] = isKnown ? [value.readDoubleLE(0), addIds(state, key, value)] : [0, 0];
      this.#note({ firstOffset: key, time, count: added });
    }
  }

  /** Whether something on disk has left the window. */
  isDue(now: number): boolean {
    const oldest = this.#records[0];
    return oldest !== undefined && !this.#isAlive(oldest, now, this.#count);
  }

  /** Removes from disk a step of what has left the window; call again while it is due. */
  async expire(now: number): Promise<void> {
    let end = 0;
    let count = this.#count;
    for (const record of this.#records) {
      if (end === EXPIRE_STEP || this.#isAlive(record, now, count)) break;
      count -= record.count;
      end++;
    }
    if (end === 0) return;
    const gone = this.#records.slice(0, end);
    await this.#tables.write("upkeep", 0, () => {
      for (const { firstOffset } of gone) void this.#tables.ids.remove(firstOffset);
    });
    this.#records = this.#records.slice(end);
    this.#count -= gone.reduce((sum, record) => sum + record.count, 0);
  }

  /** Whether a record is within the window, when so many ids are left from it on. */
  #isAlive(record: IdRecord, now: number, count: number): boolean {
    return now - record.time < this.#limits.windowMs && count - record.count < this.#limits.maxIds;
  }

  #note(record: IdRecord): void {
    this.#records.push(record);
    this.#count += record.count;
  }
}

/** Ids of events that have one time; one at least. */
type SameTimeIds = readonly [PlannedId, ...PlannedId[]];

/** A commit's ids by the time of their events. They all have one, but for those of imported events. */
function byTime(ids: readonly PlannedId[]): readonly SameTimeIds[] {
  const [first] = ids;
  if (first === undefined) return [];
  if (first.event.time === ids.at(-1)?.event.time) return [ids as SameTimeIds];
  const groups: [PlannedId, ...PlannedId[]][] = [];
  for (const id of ids) {
    const group = groups.at(-1);
    if (group?.[0].event.time === id.event.time) group.push(id);
    else groups.push([id]);
  }
  return groups;
}

function encodeIds(ids: SameTimeIds, topicIds: readonly number[]): Buffer {
  const first = ids[0].event;
  let length = TIME_BYTES + SEAL_BYTES;
  for (const { id, contentHash } of ids) {
    length += ENTRY_BYTES + contentHash.length + Buffer.byteLength(id);
  }
  const bytes = Buffer.allocUnsafe(length);
  bytes.writeDoubleLE(first.time, 0);
  let position = TIME_BYTES;
  for (const { id, event, index, contentHash: hash } of ids) {
    bytes.writeUInt32LE(topicIds[index] as number, position);
    bytes.writeUInt32LE(event.offset - first.offset, position + 4);
    bytes.writeUInt16LE(hash.length, position + 8);
    const start = position + ENTRY_BYTES;
    writeOneByteText(bytes, hash, start);
    const idLength = writeText(bytes, id, start + hash.length);
    bytes.writeUInt16LE(idLength, position + 10);
    position = start + hash.length + idLength;
  }
  return seal(bytes);
}

function countIds(bytes: Buffer): number {
  let count = 0;
  for (let position = TIME_BYTES; position < bytes.length; count++) {
    position += ENTRY_BYTES + bytes.readUInt16LE(position + 8) + bytes.readUInt16LE(position + 10);
  }
  return count;
}

function addIds(state: LmdbState, firstOffset: number, bytes: Buffer): number {
  const time = bytes.readDoubleLE(0);
  let count = 0;
  for (let position = TIME_BYTES; position < bytes.length; count++) {
    const topic = state.byId(bytes.readUInt32LE(position));
    const offset = firstOffset + bytes.readUInt32LE(position + 4);
    const idStart = position + ENTRY_BYTES + bytes.readUInt16LE(position + 8);
    const end = idStart + bytes.readUInt16LE(position + 10);
    const contentHash = bytes.toString("latin1", position + ENTRY_BYTES, idStart);
    if (topic !== undefined)
      state.dedupe.add(topic.name, bytes.toString("utf8", idStart, end), { offset, time, contentHash });
    position = end;
  }
  return count;
}
