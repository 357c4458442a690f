import type { WebSocket } from "ws";

/** How long a connection may be quiet before a ping, in ms, where an option does not say. */
const PING_MS = 30_000;
/** How long a ping may go unanswered, in ms, where an option does not say. */
const PONG_WAIT_MS = 5_000;

/** Keeps one connection alive, or finds out that it is not. */
export class KeepAlive {
  readonly #socket: WebSocket;
  readonly #ping: () => void;
  readonly #pingMs: number;
  readonly #pongWaitMs: number;
  #timer: NodeJS.Timeout;
  #lastSeen = performance.now();

  /**
   * @param socket - the connection; it is cut when it does not answer
   * @param ping - sends a ping
   * @param times - how long to wait, in ms
   */
  constructor(
    socket: WebSocket,
    ping: () => void,
    times: { readonly pingMs?: number | undefined; readonly pongWaitMs?: number | undefined },
  ) {
    this.#socket = socket;
    this.#ping = ping;
    this.#pingMs = times.pingMs ?? PING_MS;
    this.#pongWaitMs = times.pongWaitMs ?? PONG_WAIT_MS;
    this.#timer = this.#wait(this.#pingMs);
    socket.once("close", () => clearTimeout(this.#timer));
  }

  /** Notes that something came in. Costs no timer: the one that runs looks at it. */
  seen(): void {
    this.#lastSeen = performance.now();
  }

  #wait(ms: number): NodeJS.Timeout {
    return setTimeout(() => {
      const left = this.#pingMs - (performance.now() - this.#lastSeen);
      if (left > 0) this.#timer = this.#wait(Math.ceil(left));
      else this.#probe();
    }, ms).unref();
  }

  #probe(): void {
    const asked = performance.now();
    this.#ping();
    this.#timer = setTimeout(() => {
      if (this.#lastSeen < asked) this.#socket.terminate();
      else this.#timer = this.#wait(this.#pingMs);
    }, this.#pongWaitMs).unref();
  }
}
