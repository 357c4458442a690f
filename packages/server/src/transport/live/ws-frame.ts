/**
 * WebSocket frames as a server sends them (RFC 6455, section 5.2): whole text messages, not masked,
 * not compressed. Being the same for every client, they can be built once and sent to many.
 */

const FINAL_TEXT = 0x81;

/** How many bytes the header of a frame has. */
export function frameHeaderBytes(payloadBytes: number): number {
  if (payloadBytes < 126) return 2;
  return payloadBytes < 65_536 ? 4 : 10;
}

/** Writes a frame's header; returns where the payload begins. */
export function writeFrameHeader(target: Buffer, position: number, payloadBytes: number): number {
  target[position] = FINAL_TEXT;
  if (payloadBytes < 126) {
    target[position + 1] = payloadBytes;
    return position + 2;
  }
  if (payloadBytes < 65_536) {
    target[position + 1] = 126;
    target.writeUInt16BE(payloadBytes, position + 2);
    return position + 4;
  }
  target[position + 1] = 127;
  target.writeBigUInt64BE(BigInt(payloadBytes), position + 2);
  return position + 10;
}

/** One frame that carries a text. */
export function textFrame(text: string): Buffer {
  const payloadBytes = Buffer.byteLength(text);
  const frame = Buffer.allocUnsafe(frameHeaderBytes(payloadBytes) + payloadBytes);
  frame.write(text, writeFrameHeader(frame, 0, payloadBytes));
  return frame;
}
