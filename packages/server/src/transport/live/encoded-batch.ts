import type { StoredEvent } from "../../log/stored-event.js";
import type { DeliveryEncoding } from "./delivery-encoding.js";

/** A template, and the id that stands in it. */
interface Built {
  readonly idPositions: readonly number[];
  bytes: Buffer;
  id: Buffer;
  /** Whether somebody may hold the bytes, so that they must stay as they are. */
  isHeld: boolean;
}

/** Events that many subscribers get, encoded once: for each length of request id one template. */
export class EncodedBatch {
  readonly #events: readonly StoredEvent[];
  readonly #epoch: string;
  readonly #encoding: DeliveryEncoding;
  readonly #built = new Map<number, Built>();

  constructor(events: readonly StoredEvent[], epoch: string, encoding: DeliveryEncoding) {
    this.#events = events;
    this.#epoch = epoch;
    this.#encoding = encoding;
  }

  /** How many bytes there are for a request id. */
  sizeFor(id: Buffer): number {
    return this.#builtFor(id).bytes.length;
  }

  /** The bytes for a request id. Those of one id in a row are the same buffer. */
  bytesFor(id: Buffer): Buffer {
    const built = this.#builtFor(id);
    if (!built.id.equals(id)) {
      if (built.isHeld) built.bytes = Buffer.from(built.bytes);
      patch(built, id);
    }
    built.isHeld = true;
    return built.bytes;
  }

  /** Says that nobody holds the bytes for a request id any more: the next id may be put into them. */
  release(id: Buffer): void {
    const built = this.#builtFor(id);
    if (built.id.equals(id)) built.isHeld = false;
  }

  #builtFor(id: Buffer): Built {
    let built = this.#built.get(id.length);
    if (built === undefined) {
      const { bytes, idPositions } = this.#encoding.events(this.#events, this.#epoch, id);
      built = { bytes, idPositions, id, isHeld: false };
      this.#built.set(id.length, built);
    }
    return built;
  }
}

/** Puts another id of the same length in. Ids that are counted differ in their last digits only. */
function patch(built: Built, id: Buffer): void {
  const { bytes, idPositions, id: old } = built;
  let from = 0;
  while (old[from] === id[from]) from++;
  for (const position of idPositions) {
    for (let index = from; index < id.length; index++) bytes[position + index] = id[index] as number;
  }
  built.id = id;
}

const pages = new WeakMap<readonly StoredEvent[], Map<DeliveryEncoding, EncodedBatch>>();

/** A page's events, encoded once for all subscribers that read the same page. */
export function encodePage(
  events: readonly StoredEvent[],
  epoch: string,
  encoding: DeliveryEncoding,
): EncodedBatch {
  let batches = pages.get(events);
  if (batches === undefined) {
    batches = new Map();
    pages.set(events, batches);
  }
  let batch = batches.get(encoding);
  if (batch === undefined) {
    batch = new EncodedBatch(events, epoch, encoding);
    batches.set(encoding, batch);
  }
  return batch;
}
