import type { Subscription } from "../broker/subscription.js";
import { ProduceOrder } from "../broker/produce-order.js";
import type { CallOrigin } from "../observe/call-origin.js";
import type { TransportName } from "../observe/transport-name.js";
import type { ConnectionTerms } from "../protocol/server-info.js";
import { openAccess, type Access } from "../security/access.js";

/** What the procedures know of the connection that calls them. */
export interface Connection {
  /** Keeps the connection's produces in the order received. */
  readonly order: ProduceOrder;
  /** What the client behind the connection may do. */
  readonly access: Access;
  /** How the calls come in. */
  readonly transport: TransportName;
  /** What the transport takes; undefined where it is not rtmsg's. */
  readonly terms?: ConnectionTerms | undefined;
  /** Which call the log is to name, where each call has a connection of its own. */
  readonly origin?: CallOrigin | undefined;
  /** Is told of a subscription of the connection, by those that iterate it themselves. */
  subscribed?(subscription: Subscription): void;
  /** Resolves when the connection's send buffer is within its bound. */
  drained(): Promise<void>;
}

/** A context that is the connection itself: what a transport of rtmsg makes. */
export class ConnectionContext implements Connection {
  readonly access: Access;
  readonly transport: TransportName;
  readonly origin: CallOrigin | undefined;
  #order: ProduceOrder | undefined;

  /**
   * @param access - what the client may do; everything, where nobody is asked who they are
   * @param transport - how the calls come in
   * @param origin - names its only call
   */
  constructor(access: Access = openAccess, transport: TransportName = "trpc_http", origin?: CallOrigin) {
    this.origin = origin;
    this.access = access;
    this.transport = transport;
  }

  // Made when it is asked for: most connections produce nothing.
  get order(): ProduceOrder {
    return (this.#order ??= new ProduceOrder());
  }

  /** How many events it has produced, those that had been stored before not counting. */
  get produced(): number {
    return this.#order?.produced ?? 0;
  }

  /** Unknown, unless a transport says what it takes. */
  get terms(): ConnectionTerms | undefined {
    return undefined;
  }

  /** Who attaches subscriptions keeps them already. */
  subscribed(_subscription: Subscription): void {
    // A transport that iterates says otherwise.
  }

  /** Nothing is waited for, unless a transport says for what. */
  drained(): Promise<void> {
    return Promise.resolve();
  }
}

/** The connections of contexts that others made. */
const connections = new WeakMap<object, Connection>();

/** A connection of which nothing is known: its order is kept, and nothing is waited for. */
export function unboundConnection(): Connection {
  return {
    order: new ProduceOrder(),
    access: openAccess,
    transport: "trpc_http",
    drained: () => Promise.resolve(),
  };
}

/**
 * The connection of a context. A context that no transport of rtmsg made (the router may be merged
 * into another app) stands for a connection of its own: tRPC makes one per socket or HTTP request.
 *
 * @param context - of the call
 * @param anyone - stands for the connections of an app that makes no context: they share one order
 */
export function connectionOf(context: unknown, anyone: Connection): Connection {
  if (typeof context !== "object" || context === null) return anyone;
  if (context instanceof ConnectionContext) return context;
  let connection = connections.get(context);
  if (connection === undefined) {
    connection = unboundConnection();
    connections.set(context, connection);
  }
  return connection;
}
