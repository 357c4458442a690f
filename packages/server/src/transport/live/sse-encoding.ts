import type { Gap, Mark } from "../../protocol/event.js";
import type { DeliveryEncoding, Template } from "./delivery-encoding.js";
import type { EncodedEvent } from "./encoded-event.js";

const DATA = Buffer.from("\ndata: ");
const END = Buffer.from("\n\n");

/** Server-sent events: `id` is the cursor, `data` the event as JSON. A gap is an event named `gap`. */
class SseEncoding implements DeliveryEncoding {
  events(events: readonly EncodedEvent[]): Template {
    const parts = events.flatMap(({ cursor, json }) => [Buffer.from(`id: ${cursor}`), DATA, json, END]);
    return { bytes: Buffer.concat(parts), idPositions: [] };
  }

  item(item: Mark | Gap): Buffer {
    if (item.type === "gap")
      return Buffer.from(`event: gap\nid: ${item.cursor}\ndata: ${JSON.stringify(item)}\n\n`);
    // An id without data sets the position to resume from, and is no event to the page.
    return Buffer.from(`id: ${item.cursor}\n\n`);
  }
}

/** The encoding of the SSE route. */
export const sseEncoding: DeliveryEncoding = new SseEncoding();
