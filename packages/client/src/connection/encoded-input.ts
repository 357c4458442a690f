import { LIMITS, RtmsgError, transformer } from "@rtmsg/server/protocol";

/** What a frame has besides a call's input, at most. */
export const FRAME_OVERHEAD = 256;

/** The input of a call as JSON text in superjson's format. */
export interface EncodedInput {
  /** The text; it goes into the frame as it is. Undefined for a call without input. */
  readonly text: string | undefined;
  /** The size of the frame that it fills alone. */
  readonly bytes: number;
}

/**
 * Encodes an input.
 *
 * @param path - the procedure, for messages
 * @param input - any value that superjson carries
 * @throws RtmsgError `INPUT_INVALID` when it cannot be encoded, or no server would read its frame
 */
export function encodeInput(path: string, input: unknown): EncodedInput {
  if (input === undefined) return { text: undefined, bytes: FRAME_OVERHEAD };
  const text = serialize(path, input);
  const bytes = utf8Length(text) + FRAME_OVERHEAD;
  // The server would close the connection over it, and with it end what else is under way.
  if (bytes > LIMITS.frameBytes) throw inputTooLarge(path, bytes, LIMITS.frameBytes);
  return { text, bytes };
}

/** The error of a call whose input no message may hold. */
export function inputTooLarge(path: string, bytes: number, limit: number): RtmsgError<"INPUT_INVALID"> {
  return new RtmsgError("INPUT_INVALID", `Input of ${path} is ${overLimit(bytes, limit)}: split it`);
}

/** By how much something is too large for a frame. */
export function overLimit(bytes: number, limit: number): string {
  return `${bytes.toLocaleString("en")} bytes, over the frame limit of ${limit.toLocaleString("en")}`;
}

function serialize(path: string, input: unknown): string {
  try {
    return JSON.stringify(transformer.serialize(input));
  } catch (cause) {
    // superjson refuses some keys, and what is nested too deep overflows the stack.
    const what = cause instanceof Error ? cause.message : String(cause);
    throw new RtmsgError("INPUT_INVALID", `Input of ${path} cannot be encoded: ${what}`, {}, { cause });
  }
}

/** How many bytes a text takes in UTF-8. */
export function utf8Length(text: string): number {
  // Most texts are ASCII, where both lengths are the same.
  // oxlint-disable-next-line no-control-regex
  return /[^\x00-\x7f]/.test(text) ? new TextEncoder().encode(text).length : text.length;
}
