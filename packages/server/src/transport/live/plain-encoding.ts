import type { StoredEvent } from "../../log/stored-event.js";
import type { DeliveryEncoding, Template } from "./delivery-encoding.js";
import { frameHeaderBytes, writeFrameHeader } from "./ws-frame.js";

const QUOTE = 0x22;
const decoder = new TextDecoder();

/** The ancestor's messages: a JSON string as its bare text, any other value as JSON. */
class PlainEncoding implements DeliveryEncoding {
  readonly transport = "websocket";
  events(events: readonly StoredEvent[]): Template {
    const texts = events.map(({ json }) => (json[0] === QUOTE ? bareText(json) : json));
    const total = texts.reduce((sum, { byteLength }) => sum + frameHeaderBytes(byteLength) + byteLength, 0);
    const bytes = Buffer.allocUnsafe(total);
    let position = 0;
    for (const text of texts) {
      position = writeFrameHeader(bytes, position, text.byteLength);
      bytes.set(text, position);
      position += text.byteLength;
    }
    return { bytes, idPositions: [] };
  }

  item(): undefined {
    return undefined;
  }
}

function bareText(json: Uint8Array): Buffer {
  return Buffer.from(JSON.parse(decoder.decode(json)) as string);
}

/** The encoding of the plain WebSocket. */
export const plainEncoding: DeliveryEncoding = new PlainEncoding();
