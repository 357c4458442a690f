import type { IncomingMessage } from "node:http";
import type { Logger } from "../observe/logger.js";
import { requestIdOf } from "../observe/request-id.js";
import { isRtmsgError, RtmsgError } from "../protocol/error.js";
import { IdentityAccess, OpenAccess, type Access } from "./access.js";
import type { Authentication } from "./authentication.js";
import { authorizeByRights, type Authorize } from "./authorize.js";
import type { Identity } from "./identity.js";
import type { Account, Rates } from "./rates.js";

/** A connection stays open for so long after its token has ended, so that a fresh one can come, in ms. */
export const EXPIRY_GRACE_MS = 10_000;
/** The longest time that a timer can wait, in ms. */
const MAX_TIMER_MS = 2_147_483_647;

/** What the gate goes by. */
export interface GateOptions {
  /** Undefined: nobody is asked who they are. */
  readonly authentication: Authentication | undefined;
  readonly authorize: Authorize | undefined;
  readonly logger: Logger;
  /** How fast clients may produce. */
  readonly rates: Rates;
}

/** A connection's access, and how long it lasts. */
export interface Admission {
  readonly access: Access;
  /** Calls back once, when the token has ended or was revoked; the connection is to be closed then. */
  onEnd(listener: (error: RtmsgError) => void): void;
  /** Lets go of it: the connection is closed. */
  release(): void;
}

/** Lets clients in, finds out who they are, and shows them out when their token ends. */
export class Gate {
  readonly #authentication: Authentication | undefined;
  readonly #authorize: Authorize;
  readonly #logger: Logger;
  readonly #rates: Rates;
  readonly #open = new WeakMap<Account, Access>();
  readonly #admitted = new Set<Admitted>();
  readonly #unwatch: (() => void) | undefined;

  constructor({ authentication, authorize, logger, rates }: GateOptions) {
    this.#authentication = authentication;
    this.#authorize = authorize ?? authorizeByRights;
    this.#logger = logger;
    this.#rates = rates;
    this.#unwatch = authentication?.watch?.(() => this.#recheck());
  }

  /** Whether everyone may pass, at once. */
  get isOpen(): boolean {
    return this.#authentication === undefined;
  }

  /** The access of an address, where everyone may pass. One does for all its connections. */
  openTo(address: string | undefined): Access {
    const account = this.#rates.ofAddress(address);
    let access = this.#open.get(account);
    if (access === undefined) {
      access = new OpenAccess(account);
      this.#open.set(account, access);
    }
    return access;
  }

  /**
   * Lets a client in.
   *
   * @throws RtmsgError `UNAUTHENTICATED`, `FORBIDDEN`; `UNAVAILABLE` when it could not be found out
   */
  async admit(token: string | undefined, request: IncomingMessage): Promise<Admission> {
    if (this.#authentication === undefined) {
      return {
        access: this.openTo(request.socket.remoteAddress),
        onEnd: () => undefined,
        release: () => undefined,
      };
    }
    const identify = (fresh: string | undefined): Promise<Identity> => this.#identify(fresh, request);
    const access = new IdentityAccess(await identify(token), this.#authorize, identify, this.#rates);
    const admitted = new Admitted(access, () => this.#admitted.delete(admitted));
    this.#admitted.add(admitted);
    return admitted;
  }

  /** Stops watching for revoked tokens. */
  close(): void {
    this.#unwatch?.();
    for (const admitted of this.#admitted) admitted.release();
  }

  async #identify(token: string | undefined, request: IncomingMessage): Promise<Identity> {
    let identity: Identity;
    try {
      identity = await (this.#authentication as Authentication).authenticate(token, request);
    } catch (cause) {
      if (isRtmsgError(cause, "UNAUTHENTICATED") || isRtmsgError(cause, "FORBIDDEN")) throw cause;
      this.#logger.error({ request: requestIdOf(request), error: cause }, "authentication failed");
      throw new RtmsgError("UNAVAILABLE", "The token could not be checked: try again later", {}, { cause });
    }
    const { expiresAt } = identity;
    if (expiresAt !== undefined && expiresAt <= Date.now()) throw expired(expiresAt);
    return identity;
  }

  #recheck(): void {
    for (const admitted of this.#admitted) {
      const { identity } = admitted.access;
      const current = this.#authentication?.current?.(identity);
      if (current === undefined) {
        this.#logger.info({ identity: identity.name }, "token revoked");
        admitted.end(new RtmsgError("UNAUTHENTICATED", "The token was revoked: connect with another one"));
      } else if (current !== identity) admitted.access.replace(current);
    }
  }
}

class Admitted implements Admission {
  readonly access: IdentityAccess;
  readonly #onRelease: () => void;
  #timer: NodeJS.Timeout | undefined;
  #listener: ((error: RtmsgError) => void) | undefined;

  constructor(access: IdentityAccess, onRelease: () => void) {
    this.access = access;
    this.#onRelease = onRelease;
    access.onChange = (identity) => this.#watch(identity);
  }

  onEnd(listener: (error: RtmsgError) => void): void {
    this.#listener = listener;
    this.#watch(this.access.identity);
  }

  release(): void {
    clearTimeout(this.#timer);
    this.#listener = undefined;
    this.#onRelease();
  }

  end(error: RtmsgError): void {
    const listener = this.#listener;
    this.release();
    listener?.(error);
  }

  #watch({ expiresAt }: Identity): void {
    clearTimeout(this.#timer);
    if (expiresAt === undefined || this.#listener === undefined) return;
    const left = expiresAt + EXPIRY_GRACE_MS - Date.now();
    const wake = (): void =>
      left > MAX_TIMER_MS ? this.#watch(this.access.identity) : this.end(expired(expiresAt));
    this.#timer = setTimeout(wake, Math.min(Math.max(left, 0), MAX_TIMER_MS)).unref();
  }
}

function expired(expiresAt: number): RtmsgError<"UNAUTHENTICATED"> {
  const when = new Date(expiresAt).toISOString();
  return new RtmsgError("UNAUTHENTICATED", `The token ended at ${when}: get a fresh one`);
}
