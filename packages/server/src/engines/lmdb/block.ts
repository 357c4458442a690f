import { crc32 } from "node:zlib";
import { writeText } from "../../log/short-text.js";
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
  /** Time of its events, in ms since the Unix epoch. */
  readonly time: number;
  readonly bytes: Buffer;
  readonly groups: readonly Group[];
}

const HAS_ID = 1;
const HAS_KEY = 2;
const HAS_HEADERS = 4;
const HAS_META = 8;
/** Offset from the block's first, length of the rest, flags. */
const HEAD_BYTES = 9;

/** Consecutive events of one commit, which have one time. */
export interface EventRange {
  /** The commit's events, in offset order. */
  readonly events: readonly StoredEvent[];
  /** The ids of their topics, in the same order. */
  readonly topicIds: readonly number[];
  /** The first of the range, and the one after its last. */
  readonly from: number;
  readonly to: number;
}

/** Encodes consecutive events as one block. */
export function encodeBlock(range: EventRange): EncodedBlock {
  const { events, topicIds, from, to } = range;
  const { offset: firstOffset, time } = events[from] as StoredEvent;
  // Few events have headers.
  const headers = new Map<StoredEvent, string>();
  let total = 0;
  for (let index = from; index < to; index++) {
    const event = events[index] as StoredEvent;
    if (event.headers !== undefined) headers.set(event, JSON.stringify(event.headers));
    total += encodedLength(event, headers);
  }
  const bytes = Buffer.allocUnsafe(total);
  const order = inTopicOrder(range);
  const groups: Group[] = [];
  let position = 0;
  for (let index = 0; index < order.length;) {
    const first = from + (order[index] as number);
    const topicId = topicIds[first] as number;
    const start = position;
    const startIndex = index;
    let last = first;
    let size = 0;
    do {
      last = from + (order[index] as number);
      const event = events[last] as StoredEvent;
      position = writeEvent(bytes, position, event, headers, event.offset - firstOffset);
      size += storedSize(event);
      index++;
    } while (index < order.length && topicIds[from + (order[index] as number)] === topicId);
    groups.push({
      topicId,
      start,
      length: position - start,
      count: index - startIndex,
      firstOffset: (events[first] as StoredEvent).offset,
      lastOffset: (events[last] as StoredEvent).offset,
      size,
      checksum: crc32(bytes.subarray(start, position)),
    });
  }
  return { firstOffset, time, bytes, groups };
}

/** More than a block can hold events: a topic's id and an event's place are sorted as one number. */
const PLACES = 2 ** 21;

/** The places of events in their range, by topic and then by offset. */
function inTopicOrder({ topicIds, from, to }: EventRange): Float64Array {
  const order = new Float64Array(to - from);
  let isSorted = true;
  for (let place = 0; place < order.length; place++) {
    const topicId = topicIds[from + place] as number;
    isSorted &&= place === 0 || topicId >= (topicIds[from + place - 1] as number);
    order[place] = topicId * PLACES + place;
  }
  if (!isSorted) order.sort();
  for (let index = 0; index < order.length; index++) order[index] = (order[index] as number) % PLACES;
  return order;
}

function encodedLength(event: StoredEvent, headers: ReadonlyMap<StoredEvent, string>): number {
  const { id, key, json, meta } = event;
  const text = event.headers && headers.get(event);
  let length = HEAD_BYTES + json.length;
  if (id !== undefined) length += 2 + Buffer.byteLength(id);
  if (key !== undefined) length += 2 + Buffer.byteLength(key);
  if (text !== undefined) length += 4 + Buffer.byteLength(text);
  if (meta !== undefined) length += 4 + meta.length;
  return length;
}

/** Writes an event at a position; returns the position after it. */
function writeEvent(
  bytes: Buffer,
  start: number,
  event: StoredEvent,
  headers: ReadonlyMap<StoredEvent, string>,
  place: number,
): number {
  const { id, key, json, meta } = event;
  const text = event.headers && headers.get(event);
  let flags = 0;
  let position = start + HEAD_BYTES;
  if (id !== undefined) {
    flags |= HAS_ID;
    const written = writeText(bytes, id, position + 2);
    bytes.writeUInt16LE(written, position);
    position += 2 + written;
  }
  if (key !== undefined) {
    flags |= HAS_KEY;
    const written = writeText(bytes, key, position + 2);
    bytes.writeUInt16LE(written, position);
    position += 2 + written;
  }
  if (text !== undefined) {
    flags |= HAS_HEADERS;
    const written = bytes.write(text, position + 4);
    bytes.writeUInt32LE(written, position);
    position += 4 + written;
  }
  if (meta !== undefined) {
    flags |= HAS_META;
    bytes.writeUInt32LE(meta.length, position);
    bytes.set(meta, position + 4);
    position += 4 + meta.length;
  }
  bytes.set(json, position);
  position += json.length;
  bytes.writeUInt32LE(place, start);
  bytes.writeUInt32LE(position - start - HEAD_BYTES, start + 4);
  bytes[start + 8] = flags;
  return position;
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
export function decodeGroup(source: GroupSource, after: number): StoredEvent[] {
  const { start, length } = checkGroup(source);
  const events: StoredEvent[] = [];
  decodeEvents(Buffer.from(source.block.subarray(start, start + length)), source, after, (event) => {
    events.push(event);
  });
  return events;
}

/**
 * Decodes the events of several groups of a block, each group's after an offset, in offset order.
 *
 * @throws RtmsgError `STORAGE_FAILED` when the bytes are not those that were written
 */
export function decodeGroups(sources: readonly (GroupSource & { readonly after: number })[]): StoredEvent[] {
  const [first] = sources;
  if (first === undefined) return [];
  const { block, blockOffset } = first;
  let length = 0;
  let last = 0;
  for (const { group } of sources) {
    length += group.length;
    last = Math.max(last, group.lastOffset);
  }
  // Events hold the memory that their data lies in: the whole block only if most of it is theirs.
  const copy = length * 2 > block.length ? Buffer.from(block) : undefined;
  const places: (StoredEvent | undefined)[] = Array.from({ length: last + 1 - blockOffset });
  for (const source of sources) {
    const { start, length: own } = checkGroup(source);
    const bytes = copy?.subarray(start, start + own) ?? Buffer.from(block.subarray(start, start + own));
    decodeEvents(bytes, source, source.after, (event) => {
      places[event.offset - blockOffset] = event;
    });
  }
  return places.filter((event) => event !== undefined);
}

function checkGroup({ block, group, topic }: GroupSource): Group {
  const end = group.start + group.length;
  if (end > block.length || crc32(block.subarray(group.start, end)) !== group.checksum) {
    throw new RtmsgError(
      "STORAGE_FAILED",
      `The log is damaged: events ${group.firstOffset} to ${group.lastOffset} of topic "${topic}" are not as they were written; restore a backup, or trim the topic past them`,
    );
  }
  return group;
}

function decodeEvents(
  bytes: Buffer,
  { blockOffset, topic, time }: GroupSource,
  after: number,
  add: (event: StoredEvent) => void,
): void {
  for (let position = 0; position < bytes.length;) {
    const offset = blockOffset + bytes.readUInt32LE(position);
    const next = position + HEAD_BYTES + bytes.readUInt32LE(position + 4);
    if (offset > after) add(readEvent(bytes, position + 8, next, { topic, offset, time }));
    position = next;
  }
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
