import type { StoredEvent } from "../../log/stored-event.js";
import { formatCursor } from "../../protocol/cursor.js";
import type { Gap, Mark } from "../../protocol/event.js";
import type { DeliveryEncoding, Template } from "./delivery-encoding.js";
import { writeEventHead } from "./event-json.js";
import { FrameWriter } from "./frame-writer.js";

const writer = new FrameWriter();

/** Server-sent events: `id` is the cursor, `data` the event as JSON. A gap is an event named `gap`. */
class SseEncoding implements DeliveryEncoding {
  readonly transport = "sse";
  events(events: readonly StoredEvent[], epoch: string): Template {
    writer.begin();
    for (const event of events) {
      writer.ascii(`id: ${formatCursor(epoch, event.offset)}\ndata: `);
      writeEventHead(writer, event, epoch);
      writer.bytes(event.json);
      writer.ascii("}\n\n");
    }
    return { bytes: writer.copy(), idPositions: [] };
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
