import { isRtmsgError, RtmsgError } from "@rtmsg/server/protocol";
import { refreshDelay, type Token } from "./token.js";

/** What a refresh of the token is carried out with. */
export interface TokenKeeperEvents {
  /** A fresh token is to take the old one's place on the live connection. */
  readonly onFresh: (token: string) => void;
}

/**
 * Asks for the token, afresh for each connection, and again before it expires. A token that was given
 * as text cannot be replaced.
 */
export class TokenKeeper {
  readonly #token: Token | undefined;
  readonly #onFresh: (token: string) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** A token that a live connection has ended with: given once more, it is refused. */
  #ended: string | undefined;

  /**
   * @param token - as the user gave it
   * @param events - what to do with a token that was asked for before the old one expires
   */
  constructor(token: Token | undefined, { onFresh }: TokenKeeperEvents) {
    this.#token = token;
    this.#onFresh = onFresh;
  }

  /**
   * The token for a new connection.
   *
   * @throws RtmsgError `UNAVAILABLE` when there is none for the moment; what the user's function
   *   throws, when that is an `RtmsgError`
   */
  async fresh(): Promise<string | undefined> {
    const token = await this.#give();
    if (token === undefined || token !== this.#ended) return token;
    throw new RtmsgError("UNAUTHENTICATED", "token() returned the token that has ended: return a fresh one");
  }

  /**
   * Notes that a live connection has ended with its token.
   *
   * @returns whether there may be another
   */
  hasEnded(token: string | undefined): boolean {
    this.#ended = token;
    return typeof this.#token === "function";
  }

  async #give(): Promise<string | undefined> {
    if (typeof this.#token !== "function") return this.#token;
    let token: unknown;
    try {
      token = await this.#token();
    } catch (cause) {
      if (isRtmsgError(cause)) throw cause;
      const what = cause instanceof Error ? cause.message : String(cause);
      throw new RtmsgError("UNAVAILABLE", `token() failed: ${what}`, {}, { cause });
    }
    if (typeof token === "string") return token;
    throw new RtmsgError("UNAVAILABLE", `token() returned ${typeof token}: return the token as a string`);
  }

  /** Watches the expiry of a token that a connection was accepted with. */
  watch(token: string | undefined): void {
    this.stop();
    if (token === undefined || typeof this.#token !== "function") return;
    const delay = refreshDelay(token, Date.now());
    if (delay !== undefined) this.#timer = setTimeout(() => void this.#refresh(token), delay);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #refresh(old: string): Promise<void> {
    const timer = this.#timer;
    const fresh = await this.fresh().catch(() => undefined);
    // Stopped meanwhile, or there is another connection.
    if (this.#timer !== timer) return;
    // Without a fresh one the old one is used up to its end.
    if (fresh === undefined) this.watch(old);
    else this.#onFresh(fresh);
  }
}
