import type { StoredEvent } from "../../log/stored-event.js";
import type { DeliveryEncoding, Template } from "./delivery-encoding.js";
import { encodeEvent } from "./encoded-event.js";

/** A template, and the id that stands in it. */
interface Built {
  readonly template: Template;
  readonly id: Buffer;
}

/** Events that many subscribers get, encoded once: for each length of request id one template. */
export class EncodedBatch {
  readonly #events: readonly StoredEvent[];
  readonly #epoch: string;
  readonly #encoding: DeliveryEncoding;
  readonly #built = new Map<number, Built>();
  #shared: { readonly id: Buffer; readonly bytes: Buffer } | undefined;

  constructor(events: readonly StoredEvent[], epoch: string, encoding: DeliveryEncoding) {
    this.#events = events;
    this.#epoch = epoch;
    this.#encoding = encoding;
  }

  /** How many bytes there are for a request id. */
  sizeFor(id: Buffer): number {
    return this.#builtFor(id).template.bytes.length;
  }

  /** The bytes for a request id. Those of one id are the same buffer every time. */
  bytesFor(id: Buffer): Buffer {
    const built = this.#builtFor(id);
    if (built.id.equals(id)) return built.template.bytes;
    // Most subscribers in a row have the same id.
    if (this.#shared?.id.equals(id) === true) return this.#shared.bytes;
    const bytes = Buffer.from(built.template.bytes);
    for (const position of built.template.idPositions) bytes.set(id, position);
    this.#shared = { id, bytes };
    return bytes;
  }

  #builtFor(id: Buffer): Built {
    let built = this.#built.get(id.length);
    if (built === undefined) {
      const events = this.#events.map((event) => encodeEvent(event, this.#epoch));
      built = { template: this.#encoding.events(events, id), id };
      this.#built.set(id.length, built);
    }
    return built;
  }
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
