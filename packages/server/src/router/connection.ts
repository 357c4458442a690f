import { ProduceOrder } from "../broker/produce-order.js";

/** What the procedures know of the connection that calls them. */
export interface Connection {
  /** Keeps the connection's produces in the order received. */
  readonly order: ProduceOrder;
  /** Resolves when the connection's send buffer is within its bound. */
  readonly drained: () => Promise<void>;
}

const connections = new WeakMap<object, Connection>();

/** Ties a connection to the context that its calls carry. */
export function bindConnection(context: object, connection: Connection): void {
  connections.set(context, connection);
}

/**
 * The connection of a context. A context that no transport of rtmsg made (the router may be merged
 * into another app) stands for a connection of its own: tRPC makes one per socket or HTTP request.
 */
export function connectionOf(context: unknown): Connection {
  if (typeof context !== "object" || context === null) return unboundConnection();
  let connection = connections.get(context);
  if (connection === undefined) {
    connection = unboundConnection();
    connections.set(context, connection);
  }
  return connection;
}

function unboundConnection(): Connection {
  return { order: new ProduceOrder(), drained: () => Promise.resolve() };
}
