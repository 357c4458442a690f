/** The version of the protocol that is spoken here. */
export const PROTOCOL = 1;

/**
 * The limits that both sides of the wire know. Every value is a default; those that a server may
 * change are options of `createBroker` or `startServer`.
 */
export const LIMITS = {
  /** Longest topic name or pattern, in characters. */
  topicLength: 255,
  /** Longest event id, in characters. */
  idLength: 255,
  /** Longest event key, in characters. */
  keyLength: 255,
  /** Most headers of one event. */
  headerCount: 32,
  /** All header names and values of one event together, in UTF-8 bytes. */
  headerBytes: 8_192,
  /** Largest encoded data of one event, in bytes. */
  eventBytes: 1_048_576,
  /** Largest WebSocket message or HTTP body, in bytes. */
  frameBytes: 8_388_608,
  /** Most events of one `produceBatch`. */
  batchEvents: 1_000,
  /** Most events of one `history` page. */
  historyEvents: 1_000,
  /** Events of one `history` page when no limit is given. */
  historyDefault: 100,
  /** Most topics of one `topics.list` page. */
  listTopics: 1_000,
  /** Topics of one `topics.list` page when no limit is given. */
  listDefault: 100,
  /** Most connections of one `admin.connections` page. */
  listConnections: 1_000,
  /** Deepest nesting of an event's data, in levels. */
  dataDepth: 128,
  /** Digits of a bigint in an event's data. */
  bigintDigits: 10_000,
} as const;
