import { randomBytes } from "node:crypto";
import type {
  ConnectionInfo,
  ConnectionPage,
  ListConnectionsInput,
  SubscriptionStatus,
} from "../protocol/admin.js";
import { silentLogger, type LogFields, type Logger } from "./logger.js";
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
  /** What the client's identity is called; undefined where nobody is asked, or not yet. */
  readonly identity: string | undefined;
  /** How far its subscriptions are. */
  subscriptions(): SubscriptionStatus[];
  /** Asks its client to go elsewhere, or ends it where one cannot be asked: the server is going away. */
  leave(): void;
  /** Closes it, as an administrator wishes. */
  disconnect(): void;
  readonly transport: TransportName;
  readonly state: ConnectionState;
  /** What it is written to and read from. */
  readonly socket: CountedSocket;
  /** Bytes that were written and have not left yet. */
  readonly bufferedBytes: number;
}

/** What is known of a connection besides. */
interface Opened {
  readonly number: number;
  /** In ms since the Unix epoch. */
  readonly since: number;
  /** Whether it was let in. */
  isLetIn: boolean;
}

/** Connections of a page, where nobody says how many. */
const DEFAULT_PAGE = 100;

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
  readonly #logger: Logger;
  /** Ids of one process mean nothing to another. */
  readonly #prefix = randomBytes(3).toString("hex");
  readonly #open = new Map<ObservedConnection, Opened>();
  #last = 0;
  /** Bytes of what has ended. */
  readonly #ended = new Map<TransportName, Bytes>();
  /** Bytes of sockets that were counted for requests that have ended: a socket serves many. */
  readonly #counted = new WeakMap<CountedSocket, Bytes>();

  /** @param logger - gets a line when a connection opens, and when it closes */
  constructor(logger: Logger = silentLogger) {
    this.#logger = logger;
  }

  /** Takes a connection in. */
  add(connection: ObservedConnection): void {
    this.#open.set(connection, { number: ++this.#last, since: Date.now(), isLetIn: false });
  }

  /**
   * Says that a connection was let in.
   *
   * @param about - what the log is to say of it besides
   */
  opened(connection: ObservedConnection, about: LogFields): void {
    const opened = this.#open.get(connection);
    if (opened === undefined) return;
    opened.isLetIn = true;
    if (isLogged(connection))
      this.#logger.info({ ...this.#fieldsOf(connection, opened), ...about }, "connection opened");
  }

  /**
   * Lets go of a connection that is closed, or a request that is answered.
   *
   * @param about - what the log is to say of it besides
   */
  remove(connection: ObservedConnection, about: LogFields): void {
    const opened = this.#open.get(connection);
    if (opened === undefined) return;
    this.#open.delete(connection);
    const { socket, transport } = connection;
    const bytes = this.#uncounted(socket);
    // A request for a stream that was refused has a line that says so.
    if (isLogged(connection) && (opened.isLetIn || transport !== "sse")) {
      const ms = Date.now() - opened.since;
      const fields = { ...this.#fieldsOf(connection, opened), ms, ...about, ...bytes };
      this.#logger.info(fields, "connection closed");
    }
    const ended = this.#endedOf(transport);
    ended.received += bytes.received;
    ended.sent += bytes.sent;
    this.#counted.set(socket, bytesOf(socket));
  }

  /** Those that are open now. */
  all(): Iterable<ObservedConnection> {
    return this.#open.keys();
  }

  /** What a connection is called; undefined once it is closed. */
  idOf(connection: ObservedConnection): string | undefined {
    const opened = this.#open.get(connection);
    return opened === undefined ? undefined : this.#id(opened);
  }

  /** A page of those that are open, the oldest first. */
  list({ after, limit = DEFAULT_PAGE }: ListConnectionsInput): ConnectionPage {
    const first = after === undefined ? 0 : this.#number(after);
    const connections: ConnectionInfo[] = [];
    for (const [connection, opened] of this.#open) {
      if (!(opened.number > first)) continue;
      if (connections.length === limit) return { connections, next: connections.at(-1)?.id ?? null };
      connections.push(infoOf(connection, opened, this.#id(opened)));
    }
    return { connections, next: null };
  }

  /** Closes one; returns whether there was one of that id. */
  disconnect(id: string): boolean {
    const number = this.#number(id);
    for (const [connection, opened] of this.#open) {
      if (opened.number !== number) continue;
      connection.disconnect();
      return true;
    }
    return false;
  }

  /** What is open, and the bytes of all that ever were. */
  byTransport(): Map<TransportName, OpenOfTransport> {
    const all = new Map<TransportName, OpenOfTransport>();
    for (const transport of TRANSPORTS) {
      if (transport === "local") continue;
      const byState = { opening: 0, open: 0, closing: 0 };
      all.set(transport, { byState, bytes: { ...this.#endedOf(transport) }, bufferedBytes: 0 });
    }
    for (const { transport, state, socket, bufferedBytes } of this.#open.keys()) {
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

  #fieldsOf(connection: ObservedConnection, opened: Opened): LogFields {
    const { transport, socket, identity } = connection;
    return { connection: this.#id(opened), transport, address: socket.remoteAddress, identity };
  }

  #id({ number }: Opened): string {
    return `${this.#prefix}-${number}`;
  }

  /** The number in an id; one that no connection has, in what is none. */
  #number(id: string): number {
    const text = id.startsWith(`${this.#prefix}-`) ? id.slice(this.#prefix.length + 1) : "";
    return /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
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

/** Requests that are answered at once have no line each. */
function isLogged({ transport }: ObservedConnection): boolean {
  return transport === "trpc" || transport === "websocket" || transport === "sse";
}

function bytesOf({ bytesRead = 0, bytesWritten = 0 }: CountedSocket): Bytes {
  return { received: bytesRead, sent: bytesWritten };
}

function infoOf(connection: ObservedConnection, { since }: Opened, id: string): ConnectionInfo {
  const { transport, state, socket, identity, bufferedBytes } = connection;
  return {
    id,
    transport,
    state,
    address: socket.remoteAddress ?? null,
    identity: identity ?? null,
    since,
    bufferedBytes,
    subscriptions: connection.subscriptions(),
  };
}
