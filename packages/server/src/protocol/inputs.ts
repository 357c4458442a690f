import { z } from "zod";
import type { ListConnectionsInput } from "./admin.js";
import type { OnGap } from "./event.js";
import { RtmsgError } from "./error.js";
import type { ImportedEvent } from "./imported-event.js";
import { LIMITS } from "./limits.js";
import type { From } from "./position.js";
import { assertTopicName, assertTopicSelection } from "./topic-name.js";

/** Input of `produce`, before a topic's types narrow it. */
export interface ProduceInput {
  /** The topic's name. */
  readonly topic: string;
  /** The event's data; any value that superjson carries. */
  readonly data?: unknown;
  /** Makes a retry safe: the same id on the same topic is stored once. 1 to 255 characters. */
  readonly id?: string | undefined;
  /** Opaque; up to 255 characters. */
  readonly key?: string | undefined;
  /** Opaque; up to 32, and 8 KB in all. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Store only if this is the topic's last offset; 0 before its first event. */
  readonly expectedOffset?: number | undefined;
}

/** Input of `subscribe` and `subscribeBatch`. */
export interface SubscribeInput {
  /** A topic's name or a pattern. */
  readonly topic: string;
  /** Where to start; `"latest"` unless told otherwise. */
  readonly from?: From | undefined;
  /** A cursor to resume after; goes before `from`. tRPC clients fill it in when they reconnect. */
  readonly lastEventId?: string | undefined;
  /** What to do when events that were asked for are gone; `"error"` unless told otherwise. */
  readonly onGap?: OnGap | undefined;
  /** `"now"` ends the subscription at what was the log's end when it began. */
  readonly until?: "now" | undefined;
  /** Ask for the items `start`, `caughtUp` and `stale`. */
  readonly marks?: boolean | undefined;
  /** End the subscription once it has been given so much of the past, to take it up again by cursor. */
  readonly catchUpLimit?: CatchUpLimit | undefined;
}

/**
 * How much of the past a subscription is given before it ends: what its reader has room for, since the rest
 * would be sent in vain to one who stops it. Who gets to the log's end within it is live, and stays.
 */
export interface CatchUpLimit {
  /** Events, 1 at least; as many as there are unless told otherwise. */
  readonly events?: number | undefined;
  /** About so many bytes of them, beyond the first; as many as there are unless told otherwise. */
  readonly bytes?: number | undefined;
}

/**
 * Input of `history`.
 *
 * @example
 * ```ts
 * const input: HistoryInput = { topic: "orders.*", from: { last: 10 }, limit: 10 };
 * ```
 */
export interface HistoryInput {
  /** A topic's name or a pattern. */
  readonly topic: string;
  /** Where to start; `"earliest"` unless told otherwise. */
  readonly from?: From | undefined;
  /** Most events to return, 1 to 1,000; 100 unless told otherwise. */
  readonly limit?: number | undefined;
}

/**
 * Input of `topics.list`.
 *
 * @example
 * ```ts
 * const input: ListTopicsInput = { prefix: "orders.", limit: 20 };
 * ```
 */
export interface ListTopicsInput {
  /** Only topics whose names start with it. */
  readonly prefix?: string | undefined;
  /** The `next` of the page before. */
  readonly after?: string | undefined;
  /** Most topics to return, 1 to 1,000; 100 unless told otherwise. */
  readonly limit?: number | undefined;
}

const position = z.number().int().min(0);

const positive = z.number().int().min(1);

const topicName = z.string();

const from: z.ZodType<From> = z.union([
  z.literal("latest"),
  z.literal("earliest"),
  z.strictObject({ cursor: z.string() }),
  z.strictObject({ offset: position }),
  z.strictObject({ time: z.number().min(0) }),
  z.strictObject({ last: position }),
]);

/** Half of a character, which UTF-8 cannot carry: two ids could not be told apart once they are stored. */
const LONE_SURROGATE = /\p{Surrogate}/u;

const wellFormed = z.string().refine((text) => !LONE_SURROGATE.test(text), {
  error: "it holds half a character (a lone surrogate)",
});

/** Names that superjson refuses to write, so that an event with one could not be read any more. */
const FORBIDDEN_HEADERS = ["__proto__", "constructor", "prototype"] as const;

/** zod passes over some of these keys, and headers come back as they were given. */
const withoutPrototype = z.unknown().superRefine((value, context) => {
  if (typeof value !== "object" || value === null) return;
  const name = FORBIDDEN_HEADERS.find((forbidden) => Object.hasOwn(value, forbidden));
  if (name !== undefined) context.addIssue(`a header cannot be named "${name}"`);
});

const headerRecord = z
  .record(z.string().min(1), z.string())
  .refine((value) => Object.keys(value).length <= LIMITS.headerCount, {
    error: `more than ${LIMITS.headerCount} headers`,
  })
  .refine((value) => headerBytes(value, LIMITS.headerBytes) <= LIMITS.headerBytes, {
    error: `headers are over ${LIMITS.headerBytes} bytes in all`,
  });

const headers = withoutPrototype.pipe(headerRecord);

/** The UTF-8 bytes of headers, or a little more where they are within the limit all the same. */
export function headerBytes(value: Readonly<Record<string, string>>, limit: number): number {
  let bytes = 0;
  for (const [name, text] of Object.entries(value)) {
    // A UTF-16 unit is at most 3 bytes of UTF-8; only texts near the limit are measured exactly.
    bytes += name.length * 3 + text.length * 3;
  }
  if (bytes <= limit) return bytes;
  const encoder = new TextEncoder();
  bytes = 0;
  for (const [name, text] of Object.entries(value)) {
    bytes += encoder.encode(name).length + encoder.encode(text).length;
  }
  return bytes;
}

const event = {
  topic: topicName,
  data: z.unknown().optional(),
  id: wellFormed.min(1).max(LIMITS.idLength).optional(),
  key: wellFormed.max(LIMITS.keyLength).optional(),
  headers: headers.optional(),
};

const produce: z.ZodType<ProduceInput> = z.object({ ...event, expectedOffset: position.optional() });

const imported: z.ZodType<ImportedEvent> = z.object({
  ...event,
  cursor: z.string(),
  time: z.number().int().min(0),
});

const subscribe: z.ZodType<SubscribeInput> = z.object({
  topic: topicName,
  from: from.optional(),
  lastEventId: z.string().optional(),
  onGap: z.enum(["error", "earliest", "report"]).optional(),
  until: z.literal("now").optional(),
  marks: z.boolean().optional(),
  catchUpLimit: z.object({ events: positive.optional(), bytes: positive.optional() }).optional(),
});

const history: z.ZodType<HistoryInput> = z.object({
  topic: topicName,
  from: from.optional(),
  limit: z.number().int().min(1).max(LIMITS.historyEvents).optional(),
});

const listTopics: z.ZodType<ListTopicsInput> = z.object({
  prefix: z.string().max(LIMITS.topicLength).optional(),
  after: z.string().max(LIMITS.topicLength).optional(),
  limit: z.number().int().min(1).max(LIMITS.listTopics).optional(),
});

/** A synchronous check: what is wrong is thrown as `INPUT_INVALID` or `TOPIC_INVALID`. */
type Parser<T> = (input: unknown) => T;

function parser<T>(schema: z.ZodType<T>, name: string, check?: (value: T) => void): Parser<T> {
  return (input) => {
    const result = schema.safeParse(input);
    if (!result.success) throw inputInvalid(name, result.error);
    check?.(result.data);
    return result.data;
  };
}

function inputInvalid(name: string, error: z.ZodError): RtmsgError<"INPUT_INVALID"> {
  const issues = error.issues.map((issue) => ({
    message: issue.message,
    path: issue.path.map((step) => (typeof step === "symbol" ? String(step) : step)),
  }));
  const first = issues[0];
  const where = first === undefined || first.path.length === 0 ? "it" : `"${first.path.join(".")}"`;
  return new RtmsgError(
    "INPUT_INVALID",
    `Input of ${name} is malformed at ${where}: ${first?.message ?? "unknown"}`,
    {
      issues,
    },
  );
}

const topicIsName = (value: { readonly topic: string }): void => assertTopicName(value.topic);
const topicIsSelection = (value: { readonly topic: string }): void => assertTopicSelection(value.topic);

const parseAnyProduce: Parser<ProduceInput> = parser(produce, "produce", topicIsName);

/** Reads the input of `produce`. Throws `INPUT_INVALID` or `TOPIC_INVALID`. */
export const parseProduce: Parser<ProduceInput> = (input) => {
  const simple = simpleProduce(input);
  if (simple === undefined) return parseAnyProduce(input);
  assertTopicName(simple.topic);
  return simple;
};

/**
 * What most inputs of `produce` are: a topic, data and an id. The schema would say the same of them, in
 * a tenth of the time that the whole event takes; undefined for all others.
 */
function simpleProduce(input: unknown): ProduceInput | undefined {
  if (typeof input !== "object" || input === null) return undefined;
  const { topic, data, id, key, headers, expectedOffset } = input as Readonly<Record<string, unknown>>;
  if (typeof topic !== "string" || typeof data === "undefined") return undefined;
  if (key !== undefined || headers !== undefined || expectedOffset !== undefined) return undefined;
  if (id === undefined) return { topic, data };
  const isId =
    typeof id === "string" && id.length > 0 && id.length <= LIMITS.idLength && !LONE_SURROGATE.test(id);
  return isId ? { topic, data, id } : undefined;
}

const trim: z.ZodType<{ readonly topic: string; readonly before: number }> = z.object({
  topic: topicName,
  before: position,
});

/** Reads the input of `admin.trim`. Throws `INPUT_INVALID` or `TOPIC_INVALID`. */
export const parseTrim: Parser<{ readonly topic: string; readonly before: number }> = parser(
  trim,
  "admin.trim",
  topicIsName,
);

/** Reads the input of `admin.deleteTopic`. Throws `INPUT_INVALID` or `TOPIC_INVALID`. */
export const parseDeleteTopic: Parser<{ readonly topic: string }> = parser(
  z.object({ topic: topicName }),
  "admin.deleteTopic",
  topicIsName,
);

const connectionId = z.string().max(LIMITS.idLength);

const listConnections: z.ZodType<ListConnectionsInput> = z.object({
  after: connectionId.optional(),
  limit: z.number().int().min(1).max(LIMITS.listConnections).optional(),
});

/** Reads the input of `admin.connections`. Throws `INPUT_INVALID`. */
export const parseListConnections: Parser<ListConnectionsInput> = (() => {
  const parse = parser(listConnections, "admin.connections");
  return (input) => parse(input ?? {});
})();

/** Reads the input of `admin.disconnect`. Throws `INPUT_INVALID`. */
export const parseDisconnect: Parser<{ readonly id: string }> = parser(
  z.object({ id: connectionId.min(1) }),
  "admin.disconnect",
);

const batch = z.object({ events: z.array(z.unknown()).min(1).max(LIMITS.batchEvents) });

/** Reads the input of `produceBatch`; its events are read one by one, so that a bad one spoils no other. */
export const parseProduceBatch: Parser<{ readonly events: readonly unknown[] }> = parser(
  batch,
  "produceBatch",
);

/** Reads the input of `admin.import`; its events are read one by one. */
export const parseImport: Parser<{ readonly events: readonly unknown[] }> = parser(batch, "admin.import");

/** Reads one event of `admin.import`. Throws `INPUT_INVALID` or `TOPIC_INVALID`. */
export const parseImportedEvent: Parser<ImportedEvent> = parser(imported, "admin.import", topicIsName);

/** Reads the input of `subscribe` and `subscribeBatch`. Throws `INPUT_INVALID` or `TOPIC_INVALID`. */
export const parseSubscribe: Parser<SubscribeInput> = parser(subscribe, "subscribe", topicIsSelection);

/** Reads the input of `history`. Throws `INPUT_INVALID` or `TOPIC_INVALID`. */
export const parseHistory: Parser<HistoryInput> = parser(history, "history", topicIsSelection);

/** Reads the input of `topics.list`. Throws `INPUT_INVALID`. */
export const parseListTopics: Parser<ListTopicsInput> = (() => {
  const parse = parser(listTopics, "topics.list");
  return (input) => parse(input ?? {});
})();

/** Longest token, in characters: a JWT with many rights has some thousand. */
const MAX_TOKEN_LENGTH = 16_384;

/** Reads the input of `auth.refresh`. Throws `INPUT_INVALID`. */
export const parseRefresh: Parser<{ readonly token: string }> = parser(
  z.object({ token: z.string().min(1).max(MAX_TOKEN_LENGTH) }),
  "auth.refresh",
);

/** Reads the input of `topics.get`. Throws `INPUT_INVALID` or `TOPIC_INVALID`. */
export const parseGetTopic: Parser<{ readonly topic: string }> = parser(
  z.object({ topic: topicName }),
  "topics.get",
  topicIsName,
);
