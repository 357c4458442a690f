import { socketUrl } from "./socket-url.js";

/** The addresses of a client's servers, of which it uses one at a time, in their order. */
export class Addresses {
  readonly #all: readonly { readonly given: string; readonly socket: string }[];
  #index = 0;

  /**
   * @param url - one address or several
   * @throws TypeError when there is none, or one of them is no address of a server
   */
  constructor(url: string | URL | readonly (string | URL)[]) {
    const all = (Array.isArray(url) ? url : [url]) as readonly (string | URL)[];
    if (all.length === 0) throw new TypeError("url is empty: name one address of a server or more");
    this.#all = all.map((one) => ({ given: String(one), socket: socketUrl(one) }));
  }

  /** How many there are. */
  get count(): number {
    return this.#all.length;
  }

  /** The one in use, as it was given. */
  get current(): string {
    return this.#at().given;
  }

  /** The address of its tRPC socket. */
  get socket(): string {
    return this.#at().socket;
  }

  /** Uses the next one; after the last comes the first. */
  advance(): void {
    this.#index = (this.#index + 1) % this.#all.length;
  }

  #at(): { readonly given: string; readonly socket: string } {
    return this.#all[this.#index] as { readonly given: string; readonly socket: string };
  }
}
