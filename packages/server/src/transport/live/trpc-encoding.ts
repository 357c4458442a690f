import type { StoredEvent } from "../../log/stored-event.js";
import { writeCursor } from "../../protocol/cursor.js";
import type { Gap, Mark } from "../../protocol/event.js";
import type { DeliveryEncoding, Template } from "./delivery-encoding.js";
import { writeEventHead } from "./event-json.js";
import { FrameWriter } from "./frame-writer.js";
import { nestMeta } from "./nested-meta.js";
import { textFrame } from "./ws-frame.js";

/** Events that one frame of `subscribeBatch` carries at most. */
const FRAME_EVENTS = 1_000;
/** Bytes of events that one frame of `subscribeBatch` carries at most, beyond its first event. */
const FRAME_BYTES = 262_144;

/** What an event takes in JSON besides its topic and data, about, in bytes. */
const EVENT_BYTES = 100;
/** What a frame takes besides its events, about, in bytes. */
const ENVELOPE_BYTES = 120;

const START = '{"id":';
const BEFORE_ID = ',"result":{"type":"data","id":"';
const AFTER_ID = '","data":{"json":{"id":"';
const BEFORE_DATA = '","data":';
const START_BYTES = Buffer.from(START);
/** What closes an event, and the message it stands in, without meta. */
const END_BYTES = Buffer.from("}}}}}");
const writer = new FrameWriter();

/**
 * tRPC's messages of a subscription: tracked data, in superjson's format. What a client gets is
 * `{ id: cursor, data: event }`, or with `isBatch` `{ id: lastCursor, data: events }`.
 */
export class TrpcEncoding implements DeliveryEncoding {
  readonly transport = "trpc";
  readonly #isBatch: boolean;
  /** What stands between the id and the result. */
  readonly #tag: string;

  /**
   * @param isBatch - whether events go in arrays
   * @param hasJsonRpc - whether the client sends `jsonrpc: "2.0"`, and gets it back
   */
  constructor(isBatch: boolean, hasJsonRpc: boolean) {
    this.#isBatch = isBatch;
    this.#tag = hasJsonRpc ? ',"jsonrpc":"2.0"' : "";
  }

  events(events: readonly StoredEvent[], epoch: string, id: Buffer): Template {
    writer.begin();
    const lead = Buffer.concat([START_BYTES, id]);
    const idPositions: number[] = [];
    if (this.#isBatch) {
      for (let from = 0; from < events.length;) {
        const to = frameEnd(events, from);
        idPositions.push(this.#batchFrame(events.slice(from, to), epoch, lead));
        from = to;
      }
    } else {
      for (const event of events) idPositions.push(this.#frame(event, epoch, lead));
    }
    return { bytes: writer.copy(), idPositions };
  }

  item(item: Mark | Gap, id: Buffer): Buffer {
    const json = JSON.stringify(this.#isBatch ? [item] : item);
    const { cursor } = item;
    return textFrame(
      `${START}${id.toString("utf8")}${this.#tag}${BEFORE_ID}${cursor}${AFTER_ID}${cursor}${BEFORE_DATA}${json}}}}}`,
    );
  }

  /** Writes a frame of one event; returns where the id stands. */
  #frame(event: StoredEvent, epoch: string, lead: Buffer): number {
    const about = lead.length + ENVELOPE_BYTES + eventBytes(event);
    const start = writer.beginFrame(about);
    writer.bytes(lead);
    this.#writeHead(epoch, event.offset);
    writeEventHead(writer, event, epoch);
    writer.bytes(event.json);
    if (event.meta === undefined) writer.bytes(END_BYTES);
    else writer.text(`}}${nestMeta([event], () => "data.data")}}}}`);
    return start + START.length + writer.endFrame(start, about);
  }

  /** Writes a frame of several events; returns where the id stands. */
  #batchFrame(events: readonly StoredEvent[], epoch: string, lead: Buffer): number {
    const last = events.at(-1) as StoredEvent;
    const about = events.reduce((sum, event) => sum + eventBytes(event), lead.length + ENVELOPE_BYTES);
    const start = writer.beginFrame(about);
    writer.bytes(lead);
    this.#writeHead(epoch, last.offset);
    let before = "[";
    for (const event of events) {
      writer.ascii(before);
      writeEventHead(writer, event, epoch);
      writer.bytes(event.json);
      before = "},";
    }
    writer.text(`}]}${nestMeta(events, (index) => `data.${index}.data`)}}}}`);
    return start + START.length + writer.endFrame(start, about);
  }

  /** Writes what stands between the request's id and the data. */
  #writeHead(epoch: string, offset: number): void {
    const digits = String(offset);
    writer.ascii(this.#tag);
    writer.ascii(BEFORE_ID);
    writeCursor(epoch, digits, writer);
    writer.ascii(AFTER_ID);
    writeCursor(epoch, digits, writer);
    writer.ascii(BEFORE_DATA);
  }
}

/** What an event takes in a frame, about, in bytes. */
function eventBytes(event: StoredEvent): number {
  const { topic, json, id, key, headers } = event;
  const bytes = EVENT_BYTES + topic.length + json.byteLength + (id?.length ?? 0) + (key?.length ?? 0);
  return headers === undefined ? bytes : bytes + JSON.stringify(headers).length;
}

/** Where the frame of `subscribeBatch` ends that begins with an event. */
function frameEnd(events: readonly StoredEvent[], from: number): number {
  const most = Math.min(events.length, from + FRAME_EVENTS);
  let bytes = eventBytes(events[from] as StoredEvent);
  let end = from + 1;
  while (end < most) {
    bytes += eventBytes(events[end] as StoredEvent);
    if (bytes > FRAME_BYTES) break;
    end++;
  }
  return end;
}

/** The encodings by what they depend on, so that equal ones are the same object. */
const ENCODINGS = [false, true].map((isBatch) => [false, true].map((tag) => new TrpcEncoding(isBatch, tag)));

/** The encoding of a tRPC subscription. */
export function trpcEncoding(isBatch: boolean, hasJsonRpc: boolean): TrpcEncoding {
  return ENCODINGS[Number(isBatch)]?.[Number(hasJsonRpc)] as TrpcEncoding;
}
