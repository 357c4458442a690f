import { connect, type Socket } from "node:net";
import { ERROR_STATUS } from "../../../src/protocol/error.js";
import { clientFrame, upgradeHead } from "../../support/raw-http.js";

/** A call that is answered whatever came before it, on a connection that goes on. */
const PROBE = '{"id":"probe","method":"query","params":{"path":"server.info"}}';

/** Codes that say that the caller is at fault. */
const DOCUMENTED = new Set(
  Object.entries(ERROR_STATUS)
    .filter(([, status]) => status >= 400 && status < 500)
    .map(([code]) => code),
);

/** How the server may close a WebSocket: normally, over the client's frames, or with an error's status. */
const CLOSE_CODES = new Set([1_000, 1_001, 1_002, 1_003, 1_005, 1_007, 1_009, 4_400, 4_404, 4_410]);

/** How long the server may take to answer, in ms, on a machine that others use too. */
const PATIENCE_MS = 60_000;

/** A WebSocket that is written to byte by byte, and reads what it is answered as a strict client does. */
export class HostileSocket {
  readonly #socket: Socket;
  #rest: Buffer = Buffer.alloc(0);
  #isUpgraded = false;
  #isProbed = false;
  #isClosed = false;
  /** Whether it has sent bytes that may be a close frame, whose code comes back. */
  #mayHaveClosed = false;
  /** What the server did that it may not. */
  #fault: Error | undefined;
  #onChange: () => void = () => undefined;

  private constructor(url: string) {
    const { port, hostname } = new URL(url);
    this.#socket = connect({ port: Number(port), host: hostname });
    this.#socket.on("data", (chunk) => this.#receive(chunk));
    this.#socket.on("error", () => undefined);
    this.#socket.on("close", () => {
      this.#isClosed = true;
      this.#onChange();
    });
  }

  /** Connects and upgrades. */
  static async open(url: string, path: string): Promise<HostileSocket> {
    const opened = new HostileSocket(url);
    opened.#socket.write(upgradeHead(path));
    await opened.#until(() => opened.#isUpgraded);
    return opened;
  }

  /** Sends messages, then a call that must be answered unless the connection ends. */
  async send(texts: readonly string[]): Promise<{ readonly isOpen: boolean }> {
    this.#socket.write(Buffer.concat([...texts, PROBE].map((text) => clientFrame(text))));
    await this.#until(() => this.#isProbed || this.#isClosed);
    return { isOpen: !this.#isClosed };
  }

  /** Sends bytes, and nothing after them; resolves when the connection has ended. */
  async end(bytes?: Uint8Array): Promise<void> {
    if (bytes !== undefined) {
      this.#mayHaveClosed = true;
      this.#socket.write(bytes);
    }
    this.#socket.end();
    await this.#until(() => this.#isClosed);
    this.#socket.destroy();
  }

  async #until(condition: () => boolean): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(() => reject(new Error("The server does not answer any more")), PATIENCE_MS);
      this.#onChange = () => {
        if (this.#fault !== undefined) reject(this.#fault);
        else if (condition()) resolve();
      };
      this.#onChange();
    });
    clearTimeout(timer);
  }

  #receive(chunk: Buffer): void {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    if (!this.#isUpgraded) {
      const end = this.#rest.indexOf("\r\n\r\n");
      if (end === -1) return;
      this.#isUpgraded = true;
      this.#rest = this.#rest.subarray(end + 4);
    }
    try {
      this.#readFrames();
    } catch (error) {
      this.#fault ??= error as Error;
    }
    this.#onChange();
  }

  #readFrames(): void {
    for (let bytes = this.#rest; bytes.length >= 2; bytes = this.#rest) {
      const short = (bytes[1] as number) & 0x7f;
      const head = short === 127 ? 10 : short === 126 ? 4 : 2;
      if (bytes.length < head) return;
      const length =
        short === 127 ? Number(bytes.readBigUInt64BE(2)) : short === 126 ? bytes.readUInt16BE(2) : short;
      if (bytes.length < head + length) return;
      this.#rest = bytes.subarray(head + length);
      this.#take((bytes[0] as number) & 0x0f, bytes.subarray(head, head + length));
    }
  }

  #take(opcode: number, payload: Buffer): void {
    if (opcode === 8 && payload.length > 0) {
      const code = payload.readUInt16BE(0);
      const isKnown = CLOSE_CODES.has(code) || (this.#mayHaveClosed && code >= 1_000 && code < 5_000);
      if (!isKnown) throw new Error(`It was closed with ${code}`);
    }
    if (opcode !== 1) return;
    const text = payload.toString();
    if (text === "PING" || text === "PONG") return;
    const { id, error } = JSON.parse(text) as {
      id?: unknown;
      error?: { json: { data: { rtmsg: { code: string } } } };
    };
    if (id === "probe") this.#isProbed = true;
    if (error !== undefined && !DOCUMENTED.has(error.json.data.rtmsg.code)) {
      throw new Error(`It was answered with ${text.slice(0, 1_000)}`);
    }
  }
}
