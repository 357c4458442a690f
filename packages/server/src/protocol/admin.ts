/**
 * How far one subscription is.
 *
 * @example
 * ```ts
 * const isBehind = ({ phase, lag }: SubscriptionStatus): boolean => phase === "catchUp" && lag > 1_000;
 * ```
 */
export interface SubscriptionStatus {
  /** The topic's name, or the pattern. */
  readonly topic: string;
  /** Whether it is sent the past, or events as they are committed. */
  readonly phase: "catchUp" | "live";
  /** How many offsets it is behind the log's end. */
  readonly lag: number;
}

/**
 * One connection, or HTTP request that is being answered.
 *
 * @example
 * ```ts
 * const { connections } = await client.admin.connections.query();
 * for (const { id, address, bufferedBytes } of connections) console.log(id, address, bufferedBytes);
 * ```
 */
export interface ConnectionInfo {
  /** Names it, in the log lines too, and for `admin.disconnect`. */
  readonly id: string;
  /** `trpc`, `trpc_http`, `websocket`, `sse` or `http`. */
  readonly transport: string;
  /** `opening` before it is let in, `open`, or `closing` after it was told to close. */
  readonly state: "opening" | "open" | "closing";
  /** The client's address; null where there is none any more. Behind a proxy that is the proxy's. */
  readonly address: string | null;
  /** What the client's identity is called; null where nobody is asked, or not yet. */
  readonly identity: string | null;
  /** When it was opened, in ms since the Unix epoch. */
  readonly since: number;
  /** Bytes that were written and have not left yet. */
  readonly bufferedBytes: number;
  readonly subscriptions: readonly SubscriptionStatus[];
}

/**
 * A page of connections, the oldest first.
 *
 * @example
 * ```ts
 * const page = await client.admin.connections.query({ limit: 10 });
 * if (page.next !== null) await client.admin.connections.query({ after: page.next });
 * ```
 */
export interface ConnectionPage {
  readonly connections: readonly ConnectionInfo[];
  /** Pass as `after` for the next page; null at the end. */
  readonly next: string | null;
}

/**
 * Input of `admin.connections`.
 *
 * @example
 * ```ts
 * const input: ListConnectionsInput = { limit: 10 };
 * ```
 */
export interface ListConnectionsInput {
  /** The `next` of the page before. */
  readonly after?: string | undefined;
  /** Most connections to return, 1 to 1,000; 100 unless told otherwise. */
  readonly limit?: number | undefined;
}

/**
 * A number that only grows, and how fast it did in the interval.
 *
 * @example
 * ```ts
 * const describe = ({ total, perSecond }: Rate): string => `${total} (${perSecond.toFixed(1)}/s)`;
 * ```
 */
export interface Rate {
  /** Since the server started. */
  readonly total: number;
  readonly perSecond: number;
}

/**
 * What a broker does: the answer to `admin.stats`, and what `admin.watch` yields every second.
 *
 * @example
 * ```ts
 * const { produced, delivered, commits } = await client.admin.stats.query();
 * console.log(produced.perSecond, delivered.perSecond, commits.p99Ms);
 * ```
 */
export interface BrokerStats {
  /** When this was looked at, in ms since the Unix epoch. */
  readonly time: number;
  /** Over what time rates and percentiles are, in ms: since the answer before to anyone, a second at least. */
  readonly intervalMs: number;
  readonly server: {
    readonly version: string;
    readonly epoch: string;
    readonly engine: string;
    readonly durability: string;
    /** How long the broker has been open, in ms. */
    readonly uptimeMs: number;
  };
  readonly produced: Rate;
  /** Each subscriber counts. */
  readonly delivered: Rate;
  /** Produces that were answered with an earlier receipt. */
  readonly duplicates: Rate;
  /** Events that were trimmed. */
  readonly trimmed: Rate;
  readonly receivedBytes: Rate;
  readonly sentBytes: Rate;
  readonly refusals: Rate & {
    /** Since the server started, by error code. */
    readonly byCode: Readonly<Record<string, number>>;
  };
  readonly commits: Rate & {
    /** How long commits took: null where there were none. */
    readonly p50Ms: number | null;
    readonly p99Ms: number | null;
    /** Events in a commit, on average: null where there were none. */
    readonly meanEvents: number | null;
  };
  readonly connections: {
    readonly total: number;
    readonly byTransport: Readonly<Record<string, number>>;
    /** Bytes that were written and have not left yet. */
    readonly bufferedBytes: number;
  };
  readonly subscriptions: {
    readonly live: number;
    readonly catchingUp: number;
    /** How many offsets they are behind the log's end, all together. */
    readonly lag: number;
    /** How many offsets the one furthest behind is. */
    readonly maxLag: number;
  };
  readonly log: {
    readonly events: number;
    readonly bytes: number;
    readonly topics: number;
    /** What the log takes on the disk; null where it has no files of its own. */
    readonly fileBytes: number | null;
  };
  readonly process: {
    /** Share of one core that was used, in the interval. */
    readonly cpu: number;
    readonly residentBytes: number;
    readonly heapBytes: number;
    /** How late the event loop was in the interval, in ms. */
    readonly eventLoopDelay: { readonly p50Ms: number; readonly p99Ms: number; readonly maxMs: number };
  };
}
