/** What someone may do: lists of topics' names and patterns. */
export interface Rights {
  /** Topics to produce to, such as `["orders.*"]`. */
  readonly produce: readonly string[];
  /** Topics to subscribe to and to read the past of. A pattern is allowed if one of these covers it whole. */
  readonly subscribe: readonly string[];
  /** Whether the broker may be looked into: every topic, the connections, the metrics. */
  readonly admin: boolean;
}

/** Who a client is, and what it may do. */
export interface Identity {
  /** What logs call it. Never the token. */
  readonly name: string;
  readonly rights: Rights;
  /** When the token ends, in ms since the Unix epoch; undefined: it does not end by itself. */
  readonly expiresAt?: number | undefined;
}

/** What may be allowed: to produce to a topic, to subscribe to a topic or pattern, or to administer. */
export type Action = "produce" | "subscribe" | "admin";

/** No right at all. */
export const NO_RIGHTS: Rights = { produce: [], subscribe: [], admin: false };
