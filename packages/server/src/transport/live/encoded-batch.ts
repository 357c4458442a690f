import type { StoredEvent } from "../../log/stored-event.js";
import type { DeliveryEncoding, Template } from "./delivery-encoding.js";
import { encodeEvent } from "./encoded-event.js";

/** Events that many subscribers get, encoded once: for each length of request id one template. */
export class EncodedBatch {
  readonly #events: readonly StoredEvent[];
  readonly #epoch: string;
  readonly #encoding: DeliveryEncoding;
  readonly #templates = new Map<number, Template>();
  #shared: { readonly id: Buffer; readonly bytes: Buffer } | undefined;

  constructor(events: readonly StoredEvent[], epoch: string, encoding: DeliveryEncoding) {
    this.#events = events;
    this.#epoch = epoch;
    this.#encoding = encoding;
  }

  /** The bytes for a request id. Those of one id are the same buffer every time. */
  bytesFor(id: Buffer): Buffer {
    // Most subscribers in a row have the same id.
    if (this.#shared !== undefined && this.#shared.id.equals(id)) return this.#shared.bytes;
    const bytes = this.#build(id);
    this.#shared = { id, bytes };
    return bytes;
  }

  #build(id: Buffer): Buffer {
    const template = this.#templates.get(id.length);
    if (template === undefined) {
      const events = this.#events.map((event) => encodeEvent(event, this.#epoch));
      const made = this.#encoding.events(events, id);
      this.#templates.set(id.length, made);
      return made.bytes;
    }
    if (template.idPositions.length === 0) return template.bytes;
    const bytes = Buffer.from(template.bytes);
    for (const position of template.idPositions) bytes.set(id, position);
    return bytes;
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
