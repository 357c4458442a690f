import { crc32 } from "node:zlib";
import { storedSize, type StoredEvent } from "../../log/stored-event.js";
import { RtmsgError } from "../../protocol/error.js";

/**
 * A block holds consecutive events of one commit, grouped by topic; in a group they are in offset
 * order. Where a group lies is said by the commit's directory, so that a reader of one topic decodes
 * nothing of the others.
 */

/** A topic's events within a block, and where they lie. */
export interface Group {
  readonly topicId: number;
  /** Where the group begins in the block, and how long it is, in bytes. */
  readonly start: number;
  readonly length: number;
  readonly count: number;
  readonly firstOffset: number;
  readonly lastOffset: number;
  /** Bytes as retention counts them. */
  readonly size: number;
  /** CRC-32 of the group's bytes. */
  readonly checksum: number;
}

/** An encoded block and its groups, sorted by topic id. */
export interface EncodedBlock {
  readonly firstOffset: number;
  readonly bytes: Buffer;
  readonly groups: readonly Group[];
}

const HAS_ID = 1;
const HAS_KEY = 2;
const HAS_HEADERS = 4;
const HAS_META = 8;
/** Offset from the block's first, length of the rest, flags. */
const HEAD_BYTES = 9;

/** What an event's encoding is made of. */
interface Parts {
  readonly event: StoredEvent;
  readonly flags: number;
  readonly headers: string | undefined;
  readonly length: number;
}

/**
 * Encodes consecutive events as one block.
 *
 * @param events - of one commit, in offset order
 * @param topicIdOf - the id of a topic
 */
export function encodeBlock(
  events: readonly StoredEvent[],
  topicIdOf: (topic: string) => number,
): EncodedBlock {
  const firstOffset = (events[0] as StoredEvent).offset;
  const byTopic = new Map<number, Parts[]>();
  let total = 0;
  for (const event of events) {
    const parts = measure(event);
    total += parts.length;
    const topicId = topicIdOf(event.topic);
    const group = byTopic.get(topicId);
    if (group === undefined) byTopic.set(topicId, [parts]);
    else group.push(parts);
  }
  const bytes = Buffer.allocUnsafe(total);
  const groups: Group[] = [];
  let position = 0;
  for (const topicId of [...byTopic.keys()].toSorted((a, b) => a - b)) {
    const start = position;
    const members = byTopic.get(topicId) as Parts[];
    let size = 0;
    for (const parts of members) {
      position = writeEvent(bytes, position, parts, firstOffset);
      size += storedSize(parts.event);
    }
    groups.push({
      topicId,
      start,
      length: position - start,
      count: members.length,
      firstOffset: (members[0] as Parts).event.offset,
      lastOffset: (members.at(-1) as Parts).event.offset,
      size,
      checksum: crc32(bytes.subarray(start, position)),
    });
  }
  return { firstOffset, bytes, groups };
}

function measure(event: StoredEvent): Parts {
  let flags = 0;
  let length = HEAD_BYTES + event.json.byteLength;
  let headers: string | undefined;
  if (event.id !== undefined) {
    flags |= HAS_ID;
    length += 2 + Buffer.byteLength(event.id);
  }
  if (event.key !== undefined) {
    flags |= HAS_KEY;
    length += 2 + Buffer.byteLength(event.key);
  }
  if (event.headers !== undefined) {
    flags |= HAS_HEADERS;
    headers = JSON.stringify(event.headers);
    length += 4 + Buffer.byteLength(headers);
  }
  if (event.meta !== undefined) {
    flags |= HAS_META;
    length += 4 + event.meta.byteLength;
  }
  return { event, flags, headers, length };
}

function writeEvent(bytes: Buffer, start: number, parts: Parts, firstOffset: number): number {
  const { event, flags, headers, length } = parts;
  bytes.writeUInt32LE(event.offset - firstOffset, start);
  bytes.writeUInt32LE(length - HEAD_BYTES, start + 4);
  bytes[start + 8] = flags;
  let position = start + HEAD_BYTES;
  if (event.id !== undefined) {
    const written = bytes.write(event.id, position + 2);
    bytes.writeUInt16LE(written, position);
    position += 2 + written;
  }
  if (event.key !== undefined) {
    const written = bytes.write(event.key, position + 2);
    bytes.writeUInt16LE(written, position);
    position += 2 + written;
  }
  if (headers !== undefined) {
    const written = bytes.write(headers, position + 4);
    bytes.writeUInt32LE(written, position);
    position += 4 + written;
  }
  if (event.meta !== undefined) {
    bytes.writeUInt32LE(event.meta.byteLength, position);
    bytes.set(event.meta, position + 4);
    position += 4 + event.meta.byteLength;
  }
  bytes.set(event.json, position);
  return start + length;
}

/** Where a group's events come from. */
export interface GroupSource {
  readonly block: Buffer;
  readonly blockOffset: number;
  readonly group: Group;
  readonly topic: string;
  readonly time: number;
}

/**
 * Decodes a group's events after an offset. Their data lies in one copy of the group, made here.
 *
 * @throws RtmsgError `STORAGE_FAILED` when the bytes are not those that were written
 */
export function decodeGroup(
  { block, blockOffset, group, topic, time }: GroupSource,
  after: number,
): StoredEvent[] {
  const end = group.start + group.length;
  if (end > block.length || crc32(block.subarray(group.start, end)) !== group.checksum) {
    throw new RtmsgError(
      "STORAGE_FAILED",
      `The log is damaged: events ${group.firstOffset} to ${group.lastOffset} of topic "${topic}" are not as they were written; restore a backup, or trim the topic past them`,
    );
  }
  const bytes = Buffer.from(block.subarray(group.start, end));
  const events: StoredEvent[] = [];
  for (let position = 0; position < bytes.length;) {
    const offset = blockOffset + bytes.readUInt32LE(position);
    const next = position + HEAD_BYTES + bytes.readUInt32LE(position + 4);
    if (offset > after) events.push(readEvent(bytes, position + 8, next, { topic, offset, time }));
    position = next;
  }
  return events;
}

function readEvent(
  block: Buffer,
  start: number,
  end: number,
  known: Pick<StoredEvent, "topic" | "offset" | "time">,
): StoredEvent {
  const flags = block[start] as number;
  let position = start + 1;
  const text = (lengthBytes: 2 | 4): string => {
    const length = lengthBytes === 2 ? block.readUInt16LE(position) : block.readUInt32LE(position);
    const from = position + lengthBytes;
    position = from + length;
    return block.toString("utf8", from, position);
  };
  const id = (flags & HAS_ID) === 0 ? undefined : text(2);
  const key = (flags & HAS_KEY) === 0 ? undefined : text(2);
  const headers = (flags & HAS_HEADERS) === 0 ? undefined : (JSON.parse(text(4)) as Record<string, string>);
  let meta: Uint8Array | undefined;
  if ((flags & HAS_META) !== 0) {
    const from = position + 4;
    position = from + block.readUInt32LE(position);
    meta = block.subarray(from, position);
  }
  const { topic, offset, time } = known;
  return { topic, offset, time, id, key, headers, json: block.subarray(position, end), meta };
}
