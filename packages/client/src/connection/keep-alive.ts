import { timerMs } from "../timer-ms.js";

/**
 * How a quiet connection is watched.
 *
 * @example
 * ```ts
 * const client = createClient({ url, keepAlive: { intervalMs: 10_000, pongTimeoutMs: 2_000 } });
 * ```
 */
export interface KeepAliveOptions {
  /**
   * How long the connection may be quiet before a ping, in ms.
   * @default 30_000
   */
  readonly intervalMs?: number | undefined;
  /**
   * How long a ping may be unanswered before the connection is given up, in ms.
   * @default 5_000
   */
  readonly pongTimeoutMs?: number | undefined;
}

/** The options, filled in. */
export type KeepAliveSettings = Readonly<Record<keyof KeepAliveOptions, number>>;

/** The defaults of {@link KeepAliveOptions}. */
export const KEEP_ALIVE_DEFAULTS: KeepAliveSettings = { intervalMs: 30_000, pongTimeoutMs: 5_000 };

/** Pings a connection that is quiet, and gives it up when nothing comes back. */
export class KeepAlive {
  readonly #settings: KeepAliveSettings;
  readonly #ping: () => void;
  readonly #giveUp: () => void;
  #timer: ReturnType<typeof setTimeout>;
  #lastSeen = performance.now();

  /**
   * @param settings - how long to wait
   * @param ping - sends a ping
   * @param giveUp - called once, when it is not answered
   */
  constructor(settings: KeepAliveSettings, ping: () => void, giveUp: () => void) {
    this.#settings = settings;
    this.#ping = ping;
    this.#giveUp = giveUp;
    this.#timer = this.#watch(settings.intervalMs);
  }

  /** Notes that something came in. Costs no timer: the one that runs looks at it. */
  seen(): void {
    this.#lastSeen = performance.now();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #watch(ms: number): ReturnType<typeof setTimeout> {
    return setTimeout(() => {
      const left = this.#settings.intervalMs - (performance.now() - this.#lastSeen);
      this.#timer = left > 0 ? this.#watch(Math.ceil(left)) : this.#probe();
    }, timerMs(ms));
  }

  #probe(): ReturnType<typeof setTimeout> {
    const asked = performance.now();
    this.#ping();
    return setTimeout(() => {
      if (this.#lastSeen >= asked) this.#timer = this.#watch(this.#settings.intervalMs);
      else this.#giveUp();
    }, timerMs(this.#settings.pongTimeoutMs));
  }
}
