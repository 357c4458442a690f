import fc from "fast-check";
import { clientFrame } from "../../support/raw-http.js";

/** A frame with every part of its head as given, which `clientFrame` would not make. */
function frame(first: number, second: number, rest: readonly number[] | Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([first, second]), Buffer.from(rest)]);
}

const bytes = fc.uint8Array({ maxLength: 40 });
const opcode = fc.integer({ min: 0, max: 15 });

/** Bytes after an upgrade that no WebSocket client may send; the connection may end over them. */
export const hostileBytes: fc.Arbitrary<Buffer> = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 80 }).map((random) => Buffer.from(random)),
  // Without a mask, and with one that is cut off.
  bytes.map((payload) => frame(0x81, payload.length, payload)),
  fc
    .record({ payload: bytes, left: fc.nat({ max: 5 }) })
    .map(({ payload, left }) => clientFrame(payload).subarray(0, 2 + left)),
  // Reserved bits (a compressed message among them), and opcodes that are none.
  fc
    .record({ payload: bytes, opcode, reserved: fc.integer({ min: 1, max: 7 }) })
    .map(({ payload, opcode: code, reserved }) => {
      const bad = clientFrame(payload, { opcode: code });
      bad[0] = (bad[0] as number) | (reserved << 4);
      return bad;
    }),
  fc
    .record({ payload: bytes, opcode })
    .map(({ payload, opcode: code }) => clientFrame(payload, { opcode: code })),
  // Fragments: continuations of nothing, messages within messages, control frames in parts.
  fc
    .array(fc.record({ payload: bytes, opcode: fc.constantFrom(0, 1, 2, 8, 9, 10), isFinal: fc.boolean() }), {
      minLength: 1,
      maxLength: 6,
    })
    .map((parts) => Buffer.concat(parts.map(({ payload, ...options }) => clientFrame(payload, options)))),
  // Control frames that are too long.
  fc
    .record({ opcode: fc.constantFrom(8, 9, 10), length: fc.integer({ min: 126, max: 70_000 }) })
    .map(({ opcode: code, length }) => clientFrame(Buffer.alloc(length), { opcode: code })),
  // Text that is no UTF-8, whole and in parts.
  fc
    .record({ payload: bytes, isFinal: fc.boolean() })
    .map(({ payload, isFinal }) =>
      clientFrame(Buffer.concat([payload, Buffer.from([0xc3, 0x28, 0xff])]), { isFinal }),
    ),
  // Lengths beyond what is there, and beyond all measure.
  fc.uint8Array({ minLength: 8, maxLength: 8 }).map((length) => frame(0x81, 0xff, length)),
  // Close frames with codes and reasons that are none.
  bytes.map((payload) => clientFrame(payload, { opcode: 8 })),
);
