import type { IncomingMessage } from "node:http";
import { RtmsgError } from "../protocol/error.js";
import { isLoopback } from "./loopback.js";

/** Which web pages, and which names of this machine, are let in. */
export interface OriginOptions {
  /** Origins of pages that may connect besides the server's own, such as `https://app.example.com`. */
  readonly allowed: readonly string[];
  /** Whether pages of this machine may connect, on any port: where nobody is asked who they are. */
  readonly allowsLoopback: boolean;
  /** Whether the Host header must name this machine: else a page on the web could come by a name of its own. */
  readonly requiresLoopbackHost: boolean;
}

/** Decides which web pages may reach the server. Clients that are no browsers send no `Origin`. */
export class Origins {
  readonly #options: OriginOptions;
  readonly #allowed: ReadonlySet<string>;

  constructor(options: OriginOptions) {
    this.#options = options;
    this.#allowed = new Set(options.allowed);
  }

  /**
   * Refuses what comes from a page that is not let in.
   *
   * @returns the origin that may read the answer, if it is not the server's own
   * @throws RtmsgError `FORBIDDEN`
   */
  check({ headers }: IncomingMessage): string | undefined {
    const { host = "", origin } = headers;
    // Browsers always send it; HTTP/1.0 does without.
    const isNamed = this.#options.requiresLoopbackHost && headers.host !== undefined;
    if (isNamed && !isLoopback(hostnameOf(host))) {
      throw new RtmsgError(
        "FORBIDDEN",
        `The broker was asked for as "${host.slice(0, 100)}", and without auth it answers to localhost only: use 127.0.0.1`,
        { action: "connect" },
      );
    }
    if (origin === undefined) return undefined;
    const url = urlOf(origin);
    if (url !== undefined && url.host === host.toLowerCase()) return undefined;
    const isLocal = this.#options.allowsLoopback && url !== undefined && isLoopback(url.hostname);
    if (isLocal || this.#allowed.has(origin) || this.#allowed.has("*")) return origin;
    throw new RtmsgError(
      "FORBIDDEN",
      `Pages of ${origin.slice(0, 100)} may not reach this broker: start it with that origin allowed (--origin)`,
      { action: "connect" },
    );
  }
}

function urlOf(origin: string): URL | undefined {
  try {
    return new URL(origin);
  } catch {
    // "null", of sandboxed pages and files.
    return undefined;
  }
}

function hostnameOf(host: string): string {
  return urlOf(`http://${host}`)?.hostname ?? "";
}
