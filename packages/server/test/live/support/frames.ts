/** A WebSocket frame as it stands in a stream of bytes. */
export interface Frame {
  readonly opcode: number;
  readonly payload: Buffer;
}

const TEXT = 1;
const CLOSE = 8;
const KNOWN = new Set([TEXT, 2, CLOSE, 9, 10]);
const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * Takes a server's bytes apart, frame by frame, and refuses whatever RFC 6455 does not allow a server
 * to send: reserved bits, masks, lengths not in their shortest form, fragments, text that is not
 * UTF-8, and anything after a close frame. A frame that has not come whole waits for the rest.
 */
export class FrameParser {
  #rest: Buffer = Buffer.alloc(0);
  #isClosed = false;

  /** The frames that are whole with these bytes. */
  push(bytes: Buffer): Frame[] {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const frames: Frame[] = [];
    let at = 0;
    for (let frame = readFrame(all, at); frame !== undefined; frame = readFrame(all, at)) {
      if (this.#isClosed) throw new Error("A frame follows the close frame");
      const { opcode, payload } = frame;
      if (opcode === TEXT) utf8.decode(payload);
      if (opcode === CLOSE) this.#isClosed = true;
      frames.push({ opcode, payload });
      at = frame.end;
    }
    this.#rest = all.subarray(at);
    return frames;
  }

  /** Bytes of a frame that has not come whole. */
  get rest(): number {
    return this.#rest.length;
  }
}

/** The frames of bytes that must hold nothing else. */
export function parseFrames(bytes: Buffer): Frame[] {
  const parser = new FrameParser();
  const frames = parser.push(bytes);
  if (parser.rest > 0) throw new Error(`${parser.rest} bytes are left`);
  return frames;
}

/** Whether a frame is a text. */
export function isText({ opcode }: Frame): boolean {
  return opcode === TEXT;
}

function readFrame(bytes: Buffer, at: number): { opcode: number; payload: Buffer; end: number } | undefined {
  if (bytes.length < at + 2) return undefined;
  const [first, second] = [bytes.readUInt8(at), bytes.readUInt8(at + 1)];
  const opcode = first & 0x0f;
  if ((first & 0x70) !== 0) throw new Error(`Reserved bits are set at ${at}`);
  if (!KNOWN.has(opcode)) throw new Error(`Opcode ${opcode} at ${at} is unknown`);
  if ((first & 0x80) === 0) throw new Error(`A fragment at ${at}`);
  if ((second & 0x80) !== 0) throw new Error(`A masked frame at ${at}`);
  if (opcode >= CLOSE && second > 125) throw new Error(`A control frame at ${at} is too long`);
  const header = second < 126 ? 2 : second === 126 ? 4 : 10;
  if (bytes.length < at + header) return undefined;
  const length = lengthAt(bytes, at, second);
  if (length < shortestFor(header)) throw new Error(`A length at ${at} is not in its shortest form`);
  const end = at + header + length;
  if (bytes.length < end) return undefined;
  return { opcode, payload: bytes.subarray(at + header, end), end };
}

function lengthAt(bytes: Buffer, at: number, second: number): number {
  if (second < 126) return second;
  return second === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
}

function shortestFor(header: number): number {
  if (header === 2) return 0;
  return header === 4 ? 126 : 65_536;
}

/** A client's text as one frame, masked with zeros. */
export function clientFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const { length } = payload;
  const header = Buffer.alloc(length < 126 ? 6 : length < 65_536 ? 8 : 14);
  header[0] = 0x81;
  if (length < 126) header[1] = 0x80 | length;
  else if (length < 65_536) {
    header[1] = 0x80 | 126;
    header.writeUInt16BE(length, 2);
  } else {
    header[1] = 0x80 | 127;
    header.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([header, payload]);
}
