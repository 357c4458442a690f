import { headers as natsHeaders, type MsgHdrs } from "@nats-io/transport-node";
import type { AppendEntry } from "../../log/engine.js";
import type { StoredEvent } from "../../log/stored-event.js";

/** The header that holds all that an event has besides its topic and data. */
const HEADER = "Rtmsg";
/** JetStream's header for the id that duplicates are known by. */
const MESSAGE_ID = "Nats-Msg-Id";
/** A length of the data in headers-only deliveries. */
const MESSAGE_SIZE = "Nats-Msg-Size";

/** What the header holds, as a JSON array: the time, the length of the meta, and what only some events have. */
type Stamp = readonly [
  time: number,
  metaLength?: number,
  id?: string | null,
  key?: string | null,
  headers?: Readonly<Record<string, string>> | null,
  contentHash?: string | null,
  origin?: string | null,
  /** The epoch and the offset that an imported event has in the log it comes from. */
  source?: readonly [epoch: string, offset: number] | null,
];

/** An event on its way to JetStream. */
export interface OutgoingMessage {
  readonly headers: MsgHdrs;
  readonly data: Uint8Array;
}

/** A message of the stream, however it was read. */
export interface StreamMessage {
  readonly subject: string;
  readonly seq: number;
  readonly headers: MsgHdrs | undefined;
  readonly data: Uint8Array;
}

/** Where an event was stamped, and what duplicates are compared by. */
export interface EventStamp {
  readonly time: number;
  readonly contentHash: string;
  /** Which attempt stored it. */
  readonly origin: string;
  /** Where an imported event comes from. */
  readonly source: { readonly epoch: string; readonly offset: number } | undefined;
}

/** Encodes an event: its data as the message's, all else in one header. */
export function encodeMessage(
  { json, meta, id, key, headers, contentHash, origin: source }: AppendEntry,
  time: number,
  messageId: string,
  origin: string,
): OutgoingMessage {
  const stamp: unknown[] = [time];
  if (meta !== undefined) stamp[1] = meta.byteLength;
  if (id !== undefined) stamp[2] = id;
  if (key !== undefined) stamp[3] = key;
  if (headers !== undefined) stamp[4] = headers;
  if (contentHash !== undefined) stamp[5] = contentHash;
  if (id !== undefined) stamp[6] = origin;
  if (source !== undefined) stamp[7] = [source.epoch, source.offset];
  const encoded = natsHeaders();
  encoded.set(MESSAGE_ID, messageId);
  // Holes become null.
  encoded.set(HEADER, JSON.stringify(stamp));
  return { headers: encoded, data: meta === undefined ? json : Buffer.concat([json, meta]) };
}

/** Bytes that a message takes on its way, about. */
export function messageSize({ data, headers }: OutgoingMessage): number {
  return data.byteLength + headers.get(HEADER).length + headers.get(MESSAGE_ID).length + 64;
}

/**
 * Decodes a message of the stream.
 *
 * @param prefix - length of the subject's part before the topic
 * @returns undefined for one that rtmsg has not written
 */
export function decodeMessage(
  { subject, seq, headers, data }: StreamMessage,
  prefix: number,
): StoredEvent | undefined {
  const stamp = stampOf(headers);
  if (stamp === undefined) return undefined;
  const [time, metaLength, id, key, own] = stamp;
  const end = data.byteLength - (metaLength ?? 0);
  return {
    topic: subject.slice(prefix),
    offset: seq,
    time,
    id: id ?? undefined,
    key: key ?? undefined,
    headers: own ?? undefined,
    json: metaLength == null ? data : data.subarray(0, end),
    meta: metaLength == null ? undefined : data.subarray(end),
  };
}

/** The stamp of a message; undefined for one that rtmsg has not written. */
export function eventStamp(headers: MsgHdrs | undefined): EventStamp | undefined {
  const stamp = stampOf(headers);
  if (stamp === undefined) return undefined;
  const [time, , , , , contentHash, origin, from] = stamp;
  const source = from == null ? undefined : { epoch: from[0], offset: from[1] };
  return { time, contentHash: contentHash ?? "", origin: origin ?? "", source };
}

/** Bytes of the data of a message, which may have been delivered without it. */
export function dataSize({ headers, data }: StreamMessage): number {
  const size = headers?.get(MESSAGE_SIZE);
  return size === undefined || size === "" ? data.byteLength : Number(size);
}

function stampOf(headers: MsgHdrs | undefined): Stamp | undefined {
  const text = headers?.get(HEADER);
  if (text === undefined || text === "") return undefined;
  return JSON.parse(text) as Stamp;
}

/**
 * The id by which JetStream knows duplicates: its ids are the stream's, ours a topic's.
 *
 * @param after - offset of an event with the same id whose window is over
 */
export function messageIdOf(topic: string, id: string, after?: number): string {
  const text = `${topic} ${JSON.stringify(id)}`;
  return after === undefined ? text : `${text}@${after}`;
}
