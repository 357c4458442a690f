import { RtmsgError } from "../protocol/error.js";
import type { Authorize } from "./authorize.js";
import type { Action, Identity } from "./identity.js";
import type { Account, Rates } from "./rates.js";

/** A subscription that ends when its connection loses the right to it. */
export interface Followed {
  readonly isClosed: boolean;
  fail(error: RtmsgError): void;
}

/** What the client behind a connection, or a request, may do. */
export interface Access {
  /** What the client's identity is called; undefined where nobody is asked. */
  readonly name: string | undefined;
  /** Whether something is allowed; `topic` is a name, or a pattern to subscribe to. */
  allows(action: Action, topic?: string): boolean;
  /**
   * Refuses what is not allowed.
   *
   * @throws RtmsgError `FORBIDDEN`
   */
  require(action: Action, topic?: string): void;
  /** Ends a subscription once it is no longer allowed. */
  follow(topic: string, subscription: Followed): void;
  /**
   * Puts a fresh token in place of the one before.
   *
   * @returns when the token ends, in ms since the Unix epoch; null if it does not
   * @throws RtmsgError `UNAUTHENTICATED`, and nothing has changed
   */
  refresh(token: string): Promise<{ readonly expiresAt: number | null }>;
  /** How fast it has produced; undefined where nobody counts. */
  readonly account: Account | undefined;
}

/** The access of anyone, where nobody is asked who they are. */
export class OpenAccess implements Access {
  readonly name = undefined;
  readonly account: Account | undefined;

  /** @param account - of the address that it is for */
  constructor(account?: Account) {
    this.account = account;
  }

  allows(): boolean {
    return true;
  }

  require(): void {
    // Anyone may.
  }

  follow(): void {
    // The right to it is never lost.
  }

  refresh(): Promise<{ readonly expiresAt: number | null }> {
    return Promise.resolve({ expiresAt: null });
  }
}

/** The access of anyone, where nobody counts either. */
export const openAccess: Access = new OpenAccess();

/** Decisions that one connection remembers. */
const MAX_DECISIONS = 1_000;
/** Subscriptions that ended are dropped when there are twice as many as were left the last time. */
const MIN_FOLLOWED = 16;

/** What an identity's connection may do, as long as the identity lasts. */
export class IdentityAccess implements Access {
  readonly #authorize: Authorize;
  readonly #identify: (token: string) => Promise<Identity>;
  readonly #rates: Rates;
  #identity: Identity;
  #account: Account;
  readonly #decisions = new Map<string, boolean>();
  #followed: { readonly topic: string; readonly subscription: Followed }[] = [];
  #dropAt = MIN_FOLLOWED;
  /** Called when the identity has been replaced. */
  onChange: ((identity: Identity) => void) | undefined;

  /**
   * @param identity - who is behind the connection
   * @param authorize - decides what it may do
   * @param identify - finds out who a fresh token stands for
   * @param rates - keep how fast it produces
   */
  constructor(
    identity: Identity,
    authorize: Authorize,
    identify: (token: string) => Promise<Identity>,
    rates: Rates,
  ) {
    this.#identity = identity;
    this.#authorize = authorize;
    this.#identify = identify;
    this.#rates = rates;
    this.#account = rates.ofIdentity(identity.name);
  }

  /** Who is behind the connection now. */
  get identity(): Identity {
    return this.#identity;
  }

  get name(): string {
    return this.#identity.name;
  }

  get account(): Account {
    return this.#account;
  }

  allows(action: Action, topic?: string): boolean {
    const key = `${action} ${topic ?? ""}`;
    let isAllowed = this.#decisions.get(key);
    if (isAllowed === undefined) {
      isAllowed = this.#authorize(this.#identity, action, topic);
      if (this.#decisions.size >= MAX_DECISIONS) this.#decisions.clear();
      this.#decisions.set(key, isAllowed);
    }
    return isAllowed;
  }

  require(action: Action, topic?: string): void {
    if (!this.allows(action, topic)) throw forbidden(this.#identity, action, topic);
  }

  follow(topic: string, subscription: Followed): void {
    if (this.#followed.length >= this.#dropAt) {
      this.#followed = this.#followed.filter((one) => !one.subscription.isClosed);
      this.#dropAt = Math.max(MIN_FOLLOWED, 2 * this.#followed.length);
    }
    this.#followed.push({ topic, subscription });
  }

  async refresh(token: string): Promise<{ readonly expiresAt: number | null }> {
    this.replace(await this.#identify(token));
    return { expiresAt: this.#identity.expiresAt ?? null };
  }

  /** Takes another identity; subscriptions that it may not have end with `FORBIDDEN`. */
  replace(identity: Identity): void {
    this.#identity = identity;
    this.#account = this.#rates.ofIdentity(identity.name);
    this.#decisions.clear();
    this.#followed = this.#followed.filter(({ topic, subscription }) => {
      if (subscription.isClosed) return false;
      if (this.allows("subscribe", topic)) return true;
      subscription.fail(forbidden(identity, "subscribe", topic));
      return false;
    });
    this.onChange?.(identity);
  }
}

function forbidden(identity: Identity, action: Action, topic: string | undefined): RtmsgError<"FORBIDDEN"> {
  const what = action === "admin" ? "administer the broker" : `${action} to "${topic ?? ""}"`;
  return new RtmsgError(
    "FORBIDDEN",
    `"${identity.name}" may not ${what}: ask who runs the broker for the right`,
    { action, ...(topic !== undefined && { topic }) },
  );
}
