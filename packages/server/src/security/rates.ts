import type { ServerLimits } from "../limits/limits.js";
import { RtmsgError } from "../protocol/error.js";
import { TokenBucket } from "./token-bucket.js";

type RateLimits = Pick<ServerLimits, "eventsPerSecond" | "bytesPerSecond" | "newTopicsPerMinute">;

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
/** Accounts that are full are dropped when there are twice as many as were left the last time. */
const MIN_ACCOUNTS = 1_000;

/** Keeps how fast each client produces: one account for all connections of an identity, or of an address. */
export class Rates {
  readonly #limits: RateLimits;
  readonly #accounts = new Map<string, Account>();
  #dropAt = MIN_ACCOUNTS;

  constructor(limits: RateLimits) {
    this.#limits = limits;
  }

  /** The account of an identity. */
  ofIdentity(name: string): Account {
    return this.#account(`identity ${name}`);
  }

  /** The account of an address, where nobody is asked who they are. */
  ofAddress(address: string | undefined): Account {
    return this.#account(`address ${address ?? "unknown"}`);
  }

  #account(key: string): Account {
    let account = this.#accounts.get(key);
    if (account === undefined) {
      if (this.#accounts.size >= this.#dropAt) this.#dropFull();
      account = new Account(this.#limits);
      this.#accounts.set(key, account);
    }
    return account;
  }

  /** One that is full is as good as a new one, even where a connection holds on to it. */
  #dropFull(): void {
    for (const [key, account] of this.#accounts) {
      if (account.isFull) this.#accounts.delete(key);
    }
    this.#dropAt = Math.max(MIN_ACCOUNTS, 2 * this.#accounts.size);
  }
}

/** What one client has produced lately. */
export class Account {
  readonly #limits: RateLimits;
  readonly #events: TokenBucket;
  readonly #bytes: TokenBucket;
  readonly #topics: TokenBucket;
  /** Counts the topics that events bring into being. */
  readonly newTopics = { take: (topic: string) => this.#takeTopic(topic) };

  constructor(limits: RateLimits) {
    this.#limits = limits;
    this.#events = new TokenBucket(limits.eventsPerSecond, SECOND_MS);
    this.#bytes = new TokenBucket(limits.bytesPerSecond, SECOND_MS);
    this.#topics = new TokenBucket(limits.newTopicsPerMinute, MINUTE_MS);
  }

  /** Whether nothing is missing. */
  get isFull(): boolean {
    return this.#events.isFull && this.#bytes.isFull && this.#topics.isFull;
  }

  /**
   * Counts events, before anything is done about them.
   *
   * @throws RtmsgError `RATE_LIMITED`
   */
  takeEvents(count: number): void {
    const { eventsPerSecond, bytesPerSecond } = this.#limits;
    const waitForEvents = this.#events.waitMs();
    if (waitForEvents > 0) throw tooFast(`more than ${eventsPerSecond} events a second`, waitForEvents);
    const waitForBytes = this.#bytes.waitMs();
    if (waitForBytes > 0) throw tooFast(`more than ${bytesPerSecond} bytes a second`, waitForBytes);
    this.#events.pay(count);
  }

  /** Counts the bytes of an event's encoded data. Too many are refused with the next events. */
  spendBytes(bytes: number): void {
    this.#bytes.pay(bytes);
  }

  #takeTopic(topic: string): RtmsgError | undefined {
    const wait = this.#topics.waitMs();
    if (wait > 0) {
      const what = `more than ${this.#limits.newTopicsPerMinute} new topics a minute, with "${topic}"`;
      return tooFast(what, wait);
    }
    this.#topics.pay(1);
    return undefined;
  }
}

function tooFast(what: string, retryAfterMs: number): RtmsgError<"RATE_LIMITED"> {
  return new RtmsgError(
    "RATE_LIMITED",
    `This client produces ${what}: wait ${retryAfterMs} ms, and send it again`,
    { retryAfterMs },
  );
}
