import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import { until } from "./until.js";

/** A TCP connection that a test writes to byte by byte. */
export interface RawConnection {
  readonly socket: Socket;
  /** Everything that was received, as Latin-1 text. */
  readonly received: string;
  readonly isClosed: boolean;
  write(data: string | Uint8Array): void;
  /** Waits until what was received matches. */
  receive(pattern: RegExp): Promise<string>;
  /** Waits until the server has ended the connection. */
  closed(): Promise<void>;
}

/** Connects to a server, and cuts the connection when the test has finished. It stays half open when the server ends it. */
export async function rawConnection(url: string): Promise<RawConnection> {
  const { port, hostname } = new URL(url);
  const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
  onTestFinished(() => {
    socket.destroy();
  });
  const chunks: Buffer[] = [];
  let isClosed = false;
  socket.on("data", (chunk) => chunks.push(chunk));
  socket.on("error", () => undefined);
  for (const event of ["end", "close"]) {
    socket.on(event, () => {
      isClosed = true;
    });
  }
  await once(socket, "connect");
  const raw: RawConnection = {
    socket,
    get received() {
      return Buffer.concat(chunks).toString("latin1");
    },
    get isClosed() {
      return isClosed;
    },
    write(data) {
      socket.write(data);
    },
    async receive(pattern) {
      await until(() => pattern.test(raw.received), `${String(pattern)} is received`);
      return raw.received;
    },
    async closed() {
      await until(() => isClosed, "the connection is closed");
    },
  };
  return raw;
}

/** The head of a WebSocket upgrade. */
export function upgradeHead(path: string, host = "localhost"): string {
  return (
    `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
  );
}

/** A masked WebSocket frame, as clients send them. */
export function clientFrame(payload: string | Uint8Array, { opcode = 1, isFinal = true } = {}): Buffer {
  const data = Buffer.from(payload);
  const mask = Buffer.from([1, 2, 3, 4]);
  const length =
    data.length < 126
      ? Buffer.from([0x80 | data.length])
      : data.length < 65_536
        ? Buffer.from([0x80 | 126, data.length >> 8, data.length & 0xff])
        : Buffer.concat([Buffer.from([0x80 | 127, 0, 0, 0, 0]), uint32(data.length)]);
  const masked = data.map((byte, index) => byte ^ (mask[index % 4] as number));
  return Buffer.concat([Buffer.from([(isFinal ? 0x80 : 0) | opcode]), length, mask, masked]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
