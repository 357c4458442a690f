import type { BrokerStats, ConnectionPage, ListConnectionsInput } from "@rtmsg/server/protocol";
import type { CallOptions } from "./call-options.js";

/** `client.admin`: for those who have the right `admin`. `client.trpc.admin.watch` yields the stats every second. */
export interface AdminProcedures {
  /** What the broker does. */
  readonly stats: {
    /**
     * What the broker does: rates since it was asked before, connections, subscriptions, the log.
     *
     * @throws RtmsgError `FORBIDDEN`, `CLOSED`, `QUEUE_FULL`, `TIMEOUT`
     * @example
     * ```ts
     * const { produced, subscriptions } = await client.admin.stats.query();
     * console.log(produced.perSecond, subscriptions.maxLag);
     * ```
     */
    query(options?: CallOptions): Promise<BrokerStats>;
  };
  /** The connections. */
  readonly connections: {
    /**
     * A page of the connections, the oldest first.
     *
     * @param input - `after` (the `next` of the page before), `limit` (100, at most 1,000)
     * @throws RtmsgError `FORBIDDEN`, `INPUT_INVALID`, `CLOSED`, `QUEUE_FULL`, `TIMEOUT`
     * @example
     * ```ts
     * const { connections } = await client.admin.connections.query();
     * for (const { id, address, subscriptions } of connections) console.log(id, address, subscriptions.length);
     * ```
     */
    query(input?: ListConnectionsInput, options?: CallOptions): Promise<ConnectionPage>;
  };
  /** Closing a connection. */
  readonly disconnect: {
    /**
     * Closes a connection. Its client may come back: revoke its token to keep it out.
     *
     * @returns whether there was one of that id
     * @throws RtmsgError `FORBIDDEN`, `INPUT_INVALID`, `CLOSED`, `QUEUE_FULL`, `TIMEOUT`
     * @example
     * ```ts
     * const { connections } = await client.admin.connections.query();
     * for (const { id, identity } of connections) {
     *   if (identity === "old-app") await client.admin.disconnect.mutate({ id });
     * }
     * ```
     */
    mutate(
      input: {
        /** As `connections` names it. */
        readonly id: string;
      },
      options?: CallOptions,
    ): Promise<{
      /** Whether there was one. */
      readonly disconnected: boolean;
    }>;
  };
  /** Removing a topic's older events. */
  readonly trim: {
    /**
     * Removes a topic's events before an offset. Subscribers that had not got there have a gap.
     *
     * @returns how many were removed
     * @throws RtmsgError `FORBIDDEN`, `TOPIC_UNKNOWN`, `TOPIC_INVALID`, `CLOSED`, `QUEUE_FULL`, `TIMEOUT`
     * @example
     * ```ts
     * const { trimmed } = await client.admin.trim.mutate({ topic: "orders.created", before: 1_000 });
     * ```
     */
    mutate(
      input: {
        readonly topic: string;
        /** Offset of the first event to keep. */
        readonly before: number;
      },
      options?: CallOptions,
    ): Promise<{
      /** Events that were removed. */
      readonly trimmed: number;
    }>;
  };
  /** Removing a topic. */
  readonly deleteTopic: {
    /**
     * Removes a topic's events, all of them. It is not listed any more, unless it is declared by its name, until it
     * has an event again.
     *
     * @returns how many were removed
     * @throws RtmsgError `FORBIDDEN`, `TOPIC_UNKNOWN`, `TOPIC_INVALID`, `CLOSED`, `QUEUE_FULL`, `TIMEOUT`
     * @example
     * ```ts
     * await client.admin.deleteTopic.mutate({ topic: "chat.lobby" });
     * ```
     */
    mutate(
      input: { readonly topic: string },
      options?: CallOptions,
    ): Promise<{
      /** Events that were removed. */
      readonly trimmed: number;
    }>;
  };
}
