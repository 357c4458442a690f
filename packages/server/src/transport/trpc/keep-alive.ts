import type { WebSocket } from "ws";

/** How long a connection may be quiet before a ping, in ms, where an option does not say. */
const PING_MS = 30_000;
/** How long a ping may go unanswered, in ms, where an option does not say. */
const PONG_WAIT_MS = 5_000;

/** What a connection's keep-alive needs. */
export interface KeepAliveOptions {
  readonly pingMs?: number | undefined;
  readonly pongWaitMs?: number | undefined;
  /** Sends a ping. */
  readonly ping: () => void;
  /** Whether what was sent has not left yet. */
  readonly isBlocked: () => boolean;
}

/**
 * Keeps one connection alive, or finds out that it is not. A client that does not read what it is sent
 * does not see the ping either: it is slow, not dead, and costs no more than its buffer. Whether it is
 * there at all TCP finds out.
 */
export class KeepAlive {
  readonly #socket: WebSocket;
  readonly #options: KeepAliveOptions;
  readonly #pingMs: number;
  readonly #pongWaitMs: number;
  #timer: NodeJS.Timeout;
  #lastSeen = performance.now();

  /** @param socket - the connection; it is cut when it does not answer */
  constructor(socket: WebSocket, options: KeepAliveOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#pingMs = options.pingMs ?? PING_MS;
    this.#pongWaitMs = options.pongWaitMs ?? PONG_WAIT_MS;
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
    this.#options.ping();
    this.#timer = this.#waitForPong(asked, false);
  }

  #waitForPong(asked: number, wasBlocked: boolean): NodeJS.Timeout {
    return setTimeout(() => {
      const isBlocked = this.#options.isBlocked();
      if (this.#lastSeen >= asked) this.#timer = this.#wait(this.#pingMs);
      // What was blocked until now gets its whole time from here.
      else if (isBlocked || wasBlocked) this.#timer = this.#waitForPong(asked, isBlocked);
      else this.#socket.terminate();
    }, this.#pongWaitMs).unref();
  }
}
