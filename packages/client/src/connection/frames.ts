import { RtmsgError, transformer } from "@rtmsg/server/protocol";
import { answeredError } from "./answered-error.js";

/** What a call is answered under: a number, or a text for a subscription. */
export type RequestId = number | string;

/**
 * A message that makes a call.
 *
 * @param id - what it is answered under
 * @param kind - of procedure
 * @param path - the procedure
 * @param input - JSON text, or undefined for none
 */
export function callMessage(id: RequestId, kind: string, path: string, input: string | undefined): string {
  const params = input === undefined ? "" : `,"input":${input}`;
  return `{"id":${idText(id)},"method":"${kind}","params":{"path":${JSON.stringify(path)}${params}}}`;
}

/** A message that stops a subscription. */
export function stopMessage(id: RequestId): string {
  return `{"id":${idText(id)},"method":"subscription.stop"}`;
}

function idText(id: RequestId): string {
  return typeof id === "number" ? String(id) : `"${id}"`;
}

/** A frame of the server's, read and checked. */
export type ServerMessage =
  | { readonly kind: "result"; readonly id: RequestId; readonly result: Result }
  /** An error without an id is about the connection. */
  | {
      readonly kind: "error";
      readonly id: RequestId | null;
      readonly error: RtmsgError;
      readonly shape: unknown;
      /** Whether it is the client's own: it could not read what the server sent. */
      readonly isUnread: boolean;
    }
  /** A request of the server's, such as to reconnect. */
  | { readonly kind: "request"; readonly method: string };

/** What the server says about a call, or about the connection. */
export type Answer = Exclude<ServerMessage, { readonly kind: "request" }>;

/** The result of a call, or an item or a sign of life of a subscription. */
interface Result {
  readonly type: "data" | "started" | "stopped";
  /** What tracks it, of a subscription's data. */
  readonly id?: string | undefined;
  /** Deserialized; of `data` only. */
  readonly data?: unknown;
}

/**
 * Reads a frame of the server's.
 *
 * @param frame - what the socket received, besides `PING` and `PONG`
 * @returns undefined when it cannot be read
 */
export function decodeFrame(frame: unknown): ServerMessage | undefined {
  if (typeof frame !== "string") return undefined;
  let message: unknown;
  try {
    message = JSON.parse(frame);
  } catch {
    return undefined;
  }
  if (!isRecord(message)) return undefined;
  const { id, method, result, error } = message;
  if (typeof method === "string") return { kind: "request", method };
  if (id !== null && typeof id !== "number" && typeof id !== "string") return undefined;
  if (error !== undefined) return decodeError(id, error);
  if (id === null || !isRecord(result)) return undefined;
  return decodeResult(id, result);
}

function decodeError(id: RequestId | null, error: unknown): ServerMessage {
  try {
    const shape = transformer.deserialize(error);
    return { kind: "error", id, error: answeredError(shape), shape, isUnread: false };
  } catch (cause) {
    return unreadable(id, cause);
  }
}

function decodeResult(id: RequestId, result: Readonly<Record<string, unknown>>): ServerMessage {
  const { type = "data", id: trackedBy } = result;
  if (type === "started" || type === "stopped") return { kind: "result", id, result: { type } };
  try {
    const data = transformer.deserialize(result["data"]);
    const trackedId = typeof trackedBy === "string" ? trackedBy : undefined;
    return { kind: "result", id, result: { type: "data", id: trackedId, data } };
  } catch (cause) {
    return unreadable(id, cause);
  }
}

function unreadable(id: RequestId | null, cause: unknown): ServerMessage {
  const message = "The server's answer cannot be read: it is not in superjson's format";
  return {
    kind: "error",
    id,
    error: new RtmsgError("INTERNAL", message, {}, { cause }),
    shape: undefined,
    isUnread: true,
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
