import { TRANSPORTS, type TransportName } from "./transport-name.js";

/** Where a connection is in its life. */
export const CONNECTION_STATES = ["opening", "open", "closing"] as const;

/** One of {@link CONNECTION_STATES}: before it is let in, while it is served, after it was told to close. */
export type ConnectionState = (typeof CONNECTION_STATES)[number];

/** What counts the bytes of a connection, as `net.Socket` does. */
export interface CountedSocket {
  readonly bytesRead?: number | undefined;
  readonly bytesWritten?: number | undefined;
  readonly remoteAddress?: string | undefined;
}

/** A connection, as the transport that serves it knows it. */
export interface ObservedConnection {
  readonly transport: TransportName;
  readonly state: ConnectionState;
  /** What it is written to and read from. */
  readonly socket: CountedSocket;
  /** Bytes that were written and have not left yet. */
  readonly bufferedBytes: number;
}

/** Bytes received and sent. */
export interface Bytes {
  received: number;
  sent: number;
}

/** What is open of one transport. */
export interface OpenOfTransport {
  readonly byState: Record<ConnectionState, number>;
  readonly bytes: Bytes;
  bufferedBytes: number;
}

/** The connections that are open, and the requests that are being answered. */
export class Connections {
  readonly #open = new Set<ObservedConnection>();
  /** Bytes of what has ended. */
  readonly #ended = new Map<TransportName, Bytes>();
  /** Bytes of sockets that were counted for requests that have ended: a socket serves many. */
  readonly #counted = new WeakMap<CountedSocket, Bytes>();

  /** Takes a connection in. */
  add(connection: ObservedConnection): void {
    this.#open.add(connection);
  }

  /** Lets go of a connection that is closed, or a request that is answered. */
  remove(connection: ObservedConnection): void {
    if (!this.#open.delete(connection)) return;
    const { socket, transport } = connection;
    const bytes = this.#uncounted(socket);
    const ended = this.#endedOf(transport);
    ended.received += bytes.received;
    ended.sent += bytes.sent;
    this.#counted.set(socket, bytesOf(socket));
  }

  /** Those that are open now. */
  all(): Iterable<ObservedConnection> {
    return this.#open;
  }

  /** What is open, and the bytes of all that ever were. */
  byTransport(): Map<TransportName, OpenOfTransport> {
    const all = new Map<TransportName, OpenOfTransport>();
    for (const transport of TRANSPORTS) {
      if (transport === "local") continue;
      const byState = { opening: 0, open: 0, closing: 0 };
      all.set(transport, { byState, bytes: { ...this.#endedOf(transport) }, bufferedBytes: 0 });
    }
    for (const { transport, state, socket, bufferedBytes } of this.#open) {
      const one = all.get(transport);
      if (one === undefined) continue;
      one.byState[state]++;
      const { received, sent } = this.#uncounted(socket);
      one.bytes.received += received;
      one.bytes.sent += sent;
      one.bufferedBytes += bufferedBytes;
    }
    return all;
  }

  #uncounted(socket: CountedSocket): Bytes {
    const now = bytesOf(socket);
    const before = this.#counted.get(socket);
    if (before === undefined) return now;
    return { received: now.received - before.received, sent: now.sent - before.sent };
  }

  #endedOf(transport: TransportName): Bytes {
    let ended = this.#ended.get(transport);
    if (ended === undefined) {
      ended = { received: 0, sent: 0 };
      this.#ended.set(transport, ended);
    }
    return ended;
  }
}

function bytesOf({ bytesRead = 0, bytesWritten = 0 }: CountedSocket): Bytes {
  return { received: bytesRead, sent: bytesWritten };
}
