import { RtmsgError, transformer } from "@rtmsg/server/protocol";
import { answeredError } from "./answered-error.js";
import { EncodedInput } from "./encoded-input.js";

/** A call as tRPC's client hands it to its encoder. */
interface CallMessage {
  readonly id: number | string;
  readonly method: string;
  readonly params: { readonly path: string; readonly input: EncodedInput };
}

/**
 * Makes the text of a frame.
 *
 * @param messages - one message of tRPC's client, or an array of them
 */
export function encodeFrame(messages: unknown): string {
  if (!Array.isArray(messages)) return encodeMessage(messages);
  return `[${messages.map(encodeMessage).join(",")}]`;
}

function encodeMessage(message: unknown): string {
  if (!isCall(message)) return JSON.stringify(message);
  const { id, method, params } = message;
  params.input.isSent = true;
  const path = JSON.stringify(params.path);
  return `{"id":${JSON.stringify(id)},"method":"${method}","params":{"path":${path},"input":${params.input.text}}}`;
}

function isCall(message: unknown): message is CallMessage {
  const { params } = message as Partial<CallMessage>;
  return params?.input instanceof EncodedInput;
}

/** A frame of the server's, read and checked. */
export type ServerMessage =
  | { readonly kind: "result"; readonly id: number | string; readonly result: Result }
  /** An error without an id is about the connection. */
  | { readonly kind: "error"; readonly id: number | string | null; readonly error: RtmsgError }
  /** A request of the server's, such as to reconnect. */
  | { readonly kind: "request"; readonly method: string };

/** The result of a call, or an item or a sign of life of a subscription. */
export interface Result {
  readonly type: "data" | "started" | "stopped";
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
  if (error !== undefined) return { kind: "error", id, error: decodeError(error) };
  if (id === null || !isRecord(result)) return undefined;
  return decodeResult(id, result);
}

function decodeError(error: unknown): RtmsgError {
  try {
    return answeredError(transformer.deserialize(error));
  } catch (cause) {
    return unreadable(cause);
  }
}

function decodeResult(id: number | string, result: Readonly<Record<string, unknown>>): ServerMessage {
  const { type = "data" } = result;
  if (type === "started" || type === "stopped") return { kind: "result", id, result: { type } };
  try {
    return { kind: "result", id, result: { type: "data", data: transformer.deserialize(result["data"]) } };
  } catch (cause) {
    return { kind: "error", id, error: unreadable(cause) };
  }
}

function unreadable(cause: unknown): RtmsgError {
  return new RtmsgError(
    "INTERNAL",
    "The server's answer cannot be read: it is not in superjson's format",
    {},
    { cause },
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
