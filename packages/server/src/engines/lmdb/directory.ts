import { crc32 } from "node:zlib";
import { RtmsgError } from "../../protocol/error.js";
import type { Group } from "./block.js";

/** What is in a block: its time, and where the events of each topic lie. */
export interface Directory {
  /** Offset that the block is stored under: that of its first event when it was written. */
  readonly blockOffset: number;
  /** Time of its events, in ms since the Unix epoch. */
  readonly time: number;
  /** Sorted by topic id. */
  readonly groups: readonly Group[];
}

const HEAD_BYTES = 12;
const GROUP_BYTES = 32;

/** Encodes a directory. */
export function encodeDirectory({ blockOffset, time, groups }: Directory): Buffer {
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + groups.length * GROUP_BYTES);
  bytes.writeDoubleLE(time, 4);
  let position = HEAD_BYTES;
  for (const group of groups) {
    bytes.writeUInt32LE(group.topicId, position);
    bytes.writeUInt32LE(group.start, position + 4);
    bytes.writeUInt32LE(group.length, position + 8);
    bytes.writeUInt32LE(group.count, position + 12);
    bytes.writeUInt32LE(group.firstOffset - blockOffset, position + 16);
    bytes.writeUInt32LE(group.lastOffset - blockOffset, position + 20);
    bytes.writeUInt32LE(group.size, position + 24);
    bytes.writeUInt32LE(group.checksum, position + 28);
    position += GROUP_BYTES;
  }
  bytes.writeUInt32LE(crc32(bytes.subarray(4)), 0);
  return bytes;
}

/** The time of an encoded directory's events. */
export function directoryTime(bytes: Buffer): number {
  return bytes.readDoubleLE(4);
}

/** Whether the bytes of a directory are those that were written. */
export function isSound(bytes: Buffer): boolean {
  const isWhole = bytes.length >= HEAD_BYTES && (bytes.length - HEAD_BYTES) % GROUP_BYTES === 0;
  return isWhole && crc32(bytes.subarray(4)) === bytes.readUInt32LE(0);
}

/**
 * Decodes a whole directory.
 *
 * @throws RtmsgError `STORAGE_FAILED` when the bytes are not those that were written
 */
export function decodeDirectory(blockOffset: number, bytes: Buffer): Directory {
  checkDirectory(blockOffset, bytes);
  const groups: Group[] = [];
  for (let position = HEAD_BYTES; position < bytes.length; position += GROUP_BYTES) {
    groups.push(readGroup(blockOffset, bytes, position));
  }
  return { blockOffset, time: directoryTime(bytes), groups };
}

/**
 * Decodes one topic's group of a directory; undefined where the topic is not in it.
 *
 * @throws RtmsgError `STORAGE_FAILED` when the bytes are not those that were written
 */
export function findGroup(blockOffset: number, bytes: Buffer, topicId: number): Group | undefined {
  checkDirectory(blockOffset, bytes);
  let low = 0;
  let high = (bytes.length - HEAD_BYTES) / GROUP_BYTES;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const position = HEAD_BYTES + middle * GROUP_BYTES;
    const found = bytes.readUInt32LE(position);
    if (found === topicId) return readGroup(blockOffset, bytes, position);
    if (found < topicId) low = middle + 1;
    else high = middle;
  }
  return undefined;
}

function readGroup(blockOffset: number, bytes: Buffer, position: number): Group {
  return {
    topicId: bytes.readUInt32LE(position),
    start: bytes.readUInt32LE(position + 4),
    length: bytes.readUInt32LE(position + 8),
    count: bytes.readUInt32LE(position + 12),
    firstOffset: blockOffset + bytes.readUInt32LE(position + 16),
    lastOffset: blockOffset + bytes.readUInt32LE(position + 20),
    size: bytes.readUInt32LE(position + 24),
    checksum: bytes.readUInt32LE(position + 28),
  };
}

function checkDirectory(blockOffset: number, bytes: Buffer): void {
  if (isSound(bytes)) return;
  throw new RtmsgError(
    "STORAGE_FAILED",
    `The log is damaged: the directory of the block at offset ${blockOffset} is not as it was written; restore a backup`,
  );
}
