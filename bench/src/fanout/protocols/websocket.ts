import { randomBytes } from "node:crypto";
import type { Step } from "./protocol.js";

/** Asks for a WebSocket. */
export function upgrade(path: string, until = "\r\n\r\n"): Step {
  const key = randomBytes(16).toString("base64");
  const lines = [
    `GET ${path} HTTP/1.1`,
    "Host: localhost",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    `Sec-WebSocket-Key: ${key}`,
  ];
  return { say: `${lines.join("\r\n")}\r\n\r\n`, until };
}

/** A client's frame of a text. The mask is zero, which leaves the text as it is. */
export function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const { length } = payload;
  let head = Buffer.from([0x81, 0x80 | length]);
  if (length >= 65_536) {
    head = Buffer.from([0x81, 0x80 | 127, 0, 0, 0, 0, 0, 0, 0, 0]);
    head.writeUInt32BE(length, 6);
  } else if (length >= 126) head = Buffer.from([0x81, 0x80 | 126, length >> 8, length & 255]);
  return Buffer.concat([head, Buffer.alloc(4), payload]);
}
