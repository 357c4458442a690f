import type { Gap, Mark } from "../../protocol/event.js";
import type { EncodedEvent } from "./encoded-event.js";

/** Bytes that are the same for every subscriber but for the id of its request. */
export interface Template {
  readonly bytes: Buffer;
  /** Where the id stands; nowhere in encodings that have none. */
  readonly idPositions: readonly number[];
}

/** How a transport writes what a subscription delivers. */
export interface DeliveryEncoding {
  /** Encodes events for a request id (JSON text, UTF-8). */
  events(events: readonly EncodedEvent[], id: Buffer): Template;
  /** Encodes a mark or a gap; undefined where the transport does not carry it. */
  item(item: Mark | Gap, id: Buffer): Buffer | undefined;
}

/** The id of encodings that have none. */
export const NO_ID: Buffer = Buffer.alloc(0);
