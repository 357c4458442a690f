import { RtmsgError } from "../protocol/error.js";
import type { Authorize } from "./authorize.js";
import type { Action, Identity } from "./identity.js";

/** A subscription that ends when its connection loses the right to it. */
export interface Followed {
  readonly isClosed: boolean;
  fail(error: RtmsgError): void;
}

/** What the client behind a connection, or a request, may do. */
export interface Access {
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
}

/** The access of anyone, where nobody is asked who they are. */
export const openAccess: Access = {
  allows: () => true,
  require: () => undefined,
  follow: () => undefined,
  refresh: () => Promise.resolve({ expiresAt: null }),
};

/** Decisions that one connection remembers. */
const MAX_DECISIONS = 1_000;
/** Subscriptions that ended are dropped when there are twice as many as were left the last time. */
const MIN_FOLLOWED = 16;

/** What an identity's connection may do, as long as the identity lasts. */
export class IdentityAccess implements Access {
  readonly #authorize: Authorize;
  readonly #identify: (token: string) => Promise<Identity>;
  #identity: Identity;
  readonly #decisions = new Map<string, boolean>();
  #followed: { readonly topic: string; readonly subscription: Followed }[] = [];
  #dropAt = MIN_FOLLOWED;
  /** Called when the identity has been replaced. */
  onChange: ((identity: Identity) => void) | undefined;

  /**
   * @param identity - who is behind the connection
   * @param authorize - decides what it may do
   * @param identify - finds out who a fresh token stands for
   */
  constructor(identity: Identity, authorize: Authorize, identify: (token: string) => Promise<Identity>) {
    this.#identity = identity;
    this.#authorize = authorize;
    this.#identify = identify;
  }

  /** Who is behind the connection now. */
  get identity(): Identity {
    return this.#identity;
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
