import type { ServerResponse } from "node:http";
import type { Subscription } from "../broker/subscription.js";
import type {
  Connections,
  ConnectionState,
  CountedSocket,
  ObservedConnection,
} from "../observe/connections.js";
import type { TransportName } from "../observe/transport-name.js";
import type { SubscriptionStatus } from "../protocol/admin.js";
import type { Access } from "../security/access.js";

/** What counts the events of a stream. */
interface Delivering {
  readonly delivered: number;
}

const byResponse = new WeakMap<ServerResponse, ObservedRequest>();

/** A request that is being answered, or a stream that goes on. */
export class ObservedRequest implements ObservedConnection {
  readonly transport: TransportName;
  readonly socket: CountedSocket;
  readonly #response: ServerResponse;
  #access: Access | undefined;
  #subscriptions: Subscription[] | undefined;
  #stream: Delivering | undefined;

  /**
   * @param pathname - of the request
   * @param response - its answer, not begun
   */
  constructor(pathname: string, response: ServerResponse) {
    this.transport = transportOf(pathname);
    // A response lets go of its socket when it has ended.
    this.socket = response.req.socket;
    this.#response = response;
    byResponse.set(response, this);
  }

  get state(): ConnectionState {
    return this.#response.writableEnded ? "closing" : "open";
  }

  get bufferedBytes(): number {
    return this.#response.writableLength;
  }

  get identity(): string | undefined {
    return this.#access?.name;
  }

  subscriptions(): SubscriptionStatus[] {
    return (this.#subscriptions ?? []).filter(({ isClosed }) => !isClosed).map((one) => one.status());
  }

  leave(): void {
    // An answer that has begun and not ended is a stream, which goes on until somebody ends it.
    if (this.#response.headersSent && !this.#response.writableEnded) this.#response.end();
  }

  disconnect(): void {
    this.#response.destroy();
  }

  /** How many events it was given as a stream. */
  get delivered(): number {
    return this.#stream?.delivered ?? 0;
  }

  /** Notes that it goes on as a stream. */
  streams(stream: Delivering): void {
    this.#stream = stream;
  }

  /** Notes who sent it. */
  admitted(access: Access): void {
    this.#access = access;
  }

  /** Notes a subscription that it carries. */
  subscribed(subscription: Subscription): void {
    (this.#subscriptions ??= []).push(subscription);
  }
}

/** What is known of the request that a response answers; nothing, on a server that is not ours. */
export function observedRequestOf(response: ServerResponse): ObservedRequest | undefined {
  return byResponse.get(response);
}

/** What the log calls the connection of a stream; undefined for what is no stream, which has no lines of its own. */
export function streamIdOf(response: ServerResponse, connections: Connections): string | undefined {
  const observed = byResponse.get(response);
  return observed?.transport === "sse" ? connections.idOf(observed) : undefined;
}

function transportOf(pathname: string): TransportName {
  if (pathname === "/trpc" || pathname.startsWith("/trpc/")) return "trpc_http";
  return pathname.startsWith("/subscribe/") ? "sse" : "http";
}
