import type { Gap, Mark } from "../../protocol/event.js";
import type { DeliveryEncoding, Template } from "./delivery-encoding.js";
import type { EncodedEvent } from "./encoded-event.js";
import { nestMeta } from "./nested-meta.js";
import { frameHeaderBytes, textFrame, writeFrameHeader } from "./ws-frame.js";

/** Events that one frame of `subscribeBatch` carries at most. */
const FRAME_EVENTS = 1_000;
/** Bytes of events that one frame of `subscribeBatch` carries at most, beyond its first event. */
const FRAME_BYTES = 262_144;

/** A frame before its id is known: `{"id":`, the id, then these parts. */
interface FramePlan {
  readonly before: string;
  readonly events: readonly EncodedEvent[];
  readonly after: string;
  readonly bytes: number;
}

const START = '{"id":';
const COMMA = 0x2c;

/**
 * tRPC's messages of a subscription: tracked data, in superjson's format. What a client gets is
 * `{ id: cursor, data: event }`, or with `isBatch` `{ id: lastCursor, data: events }`.
 */
export class TrpcEncoding implements DeliveryEncoding {
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

  events(events: readonly EncodedEvent[], id: Buffer): Template {
    const frames = this.#isBatch ? this.#batchFrames(events) : events.map((event) => this.#frame([event]));
    return build(frames, id);
  }

  item(item: Mark | Gap, id: Buffer): Buffer {
    const json = JSON.stringify(this.#isBatch ? [item] : item);
    return textFrame(`${START}${id.toString("utf8")}${this.#head(item.cursor)}${json}}}}}`);
  }

  #batchFrames(events: readonly EncodedEvent[]): FramePlan[] {
    const frames: FramePlan[] = [];
    let members: EncodedEvent[] = [];
    let bytes = 0;
    for (const event of events) {
      if (
        members.length > 0 &&
        (members.length === FRAME_EVENTS || bytes + event.json.length > FRAME_BYTES)
      ) {
        frames.push(this.#frame(members));
        members = [];
        bytes = 0;
      }
      members.push(event);
      bytes += event.json.length;
    }
    frames.push(this.#frame(members));
    return frames;
  }

  #frame(events: readonly EncodedEvent[]): FramePlan {
    const last = events.at(-1) as EncodedEvent;
    const head = this.#head(last.cursor);
    const before = this.#isBatch ? `${head}[` : head;
    const meta = nestMeta(events, this.#isBatch ? (index) => `data.${index}.data` : () => "data.data");
    const after = `${this.#isBatch ? "]" : ""}}${meta}}}}`;
    const commas = events.length - 1;
    const json = events.reduce((sum, event) => sum + event.json.length, commas);
    return { before, events, after, bytes: before.length + json + Buffer.byteLength(after) };
  }

  #head(cursor: string): string {
    return `${this.#tag},"result":{"type":"data","id":"${cursor}","data":{"json":{"id":"${cursor}","data":`;
  }
}

function build(frames: readonly FramePlan[], id: Buffer): Template {
  const payloadOf = (frame: FramePlan): number => START.length + id.length + frame.bytes;
  const total = frames.reduce((sum, frame) => sum + frameHeaderBytes(payloadOf(frame)) + payloadOf(frame), 0);
  const bytes = Buffer.allocUnsafe(total);
  const idPositions: number[] = [];
  let position = 0;
  for (const frame of frames) {
    position = writeFrameHeader(bytes, position, payloadOf(frame));
    position += bytes.write(START, position, "latin1");
    idPositions.push(position);
    bytes.set(id, position);
    position += id.length;
    position += bytes.write(frame.before, position, "latin1");
    for (const [index, event] of frame.events.entries()) {
      if (index > 0) bytes[position++] = COMMA;
      bytes.set(event.json, position);
      position += event.json.length;
    }
    position += bytes.write(frame.after, position);
  }
  return { bytes, idPositions };
}

/** The encodings by what they depend on, so that equal ones are the same object. */
const ENCODINGS = [false, true].map((isBatch) => [false, true].map((tag) => new TrpcEncoding(isBatch, tag)));

/** The encoding of a tRPC subscription. */
export function trpcEncoding(isBatch: boolean, hasJsonRpc: boolean): TrpcEncoding {
  return ENCODINGS[Number(isBatch)]?.[Number(hasJsonRpc)] as TrpcEncoding;
}
