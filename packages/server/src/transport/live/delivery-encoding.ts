import type { StoredEvent } from "../../log/stored-event.js";
import type { TransportName } from "../../observe/transport-name.js";
import type { Gap, Mark } from "../../protocol/event.js";

/** Bytes that are the same for every subscriber but for the id of its request. */
export interface Template {
  readonly bytes: Buffer;
  /** Where the id stands; nowhere in encodings that have none. */
  readonly idPositions: readonly number[];
}

/** How a transport writes what a subscription delivers. */
export interface DeliveryEncoding {
  /** What it is written to. */
  readonly transport: TransportName;
  /** Encodes events of a log, by its epoch, for a request id (JSON text, UTF-8). */
  events(events: readonly StoredEvent[], epoch: string, id: Buffer): Template;
  /** Encodes a mark or a gap; undefined where the transport does not carry it. */
  item(item: Mark | Gap, id: Buffer): Buffer | undefined;
}

/** The id of encodings that have none. */
export const NO_ID: Buffer = Buffer.alloc(0);
