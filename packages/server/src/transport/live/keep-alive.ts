/** How long a connection may be quiet before a ping, in ms, where an option does not say. */
const PING_MS = 30_000;
/** How long a ping may go unanswered, in ms, where an option does not say. */
const PONG_WAIT_MS = 5_000;
/** How often connections are looked at, in parts of the shorter of the two; at least once a second. */
const LOOKS = 5;
const MAX_LOOK_MS = 1_000;

/** How long is waited for what. */
export interface KeepAliveTimes {
  readonly pingMs?: number | undefined;
  readonly pongWaitMs?: number | undefined;
}

/** A connection that is to be kept alive. */
export interface KeptConnection {
  /** Whether what was sent has not left yet. */
  readonly isBlocked: boolean;
  /** Sends a ping. */
  ping(): void;
  /** Cuts the connection: it is dead. */
  cut(): void;
}

/** What is known of one connection. */
export class Life {
  readonly connection: KeptConnection;
  lastSeen = performance.now();
  /** When it was pinged; 0 when no answer is waited for. */
  asked = 0;
  /** Since when the answer could have come. */
  waitingSince = 0;

  constructor(connection: KeptConnection) {
    this.connection = connection;
  }

  /** Notes that something came in. */
  seen(): void {
    this.lastSeen = performance.now();
  }
}

/**
 * Keeps connections alive, or finds out that they are not: one timer looks at all of them, since a
 * timer for each would take more memory than the rest of what is known of it.
 *
 * A client that does not read what it is sent does not see the ping either: it is slow, not dead, and
 * costs no more than its buffer. Whether it is there at all TCP finds out.
 */
export class KeepAlive {
  readonly #pingMs: number;
  readonly #pongWaitMs: number;
  readonly #lives = new Set<Life>();
  #timer: NodeJS.Timeout | undefined;
  #looked = 0;

  constructor({ pingMs = PING_MS, pongWaitMs = PONG_WAIT_MS }: KeepAliveTimes) {
    this.#pingMs = pingMs;
    this.#pongWaitMs = pongWaitMs;
  }

  /** Adds a connection; to be ended. */
  begin(connection: KeptConnection): Life {
    const life = new Life(connection);
    this.#lives.add(life);
    const lookMs = Math.min(MAX_LOOK_MS, this.#pingMs / LOOKS, this.#pongWaitMs / LOOKS);
    if (this.#timer === undefined) {
      this.#looked = performance.now();
      this.#timer = setInterval(() => this.#look(), Math.max(1, lookMs)).unref();
    }
    return life;
  }

  /** Lets go of a connection. */
  end(life: Life): void {
    this.#lives.delete(life);
    if (this.#lives.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    const now = performance.now();
    // A process that was busy for long has answers to read before it judges anyone.
    const isLate = now - this.#looked > this.#pongWaitMs / 2;
    this.#looked = now;
    for (const life of this.#lives) {
      if (life.lastSeen >= life.asked) life.asked = 0;
      if (life.asked === 0) {
        if (now - life.lastSeen >= this.#pingMs) this.#ask(life, now);
      } else if (isLate || life.connection.isBlocked) life.waitingSince = now;
      else if (now - life.waitingSince >= this.#pongWaitMs) {
        this.end(life);
        life.connection.cut();
      }
    }
  }

  #ask(life: Life, now: number): void {
    life.asked = now;
    life.waitingSince = now;
    life.connection.ping();
  }
}
