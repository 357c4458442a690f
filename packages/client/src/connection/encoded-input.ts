import { LIMITS, RtmsgError, transformer } from "@rtmsg/server/protocol";

/** What a frame has besides a call's input, at most. */
const FRAME_OVERHEAD = 256;

/** The input of a call as JSON text in superjson's format, made once. */
export class EncodedInput {
  /** The text; it goes into the frame as it is. */
  readonly text: string;
  /** The size of the frame that it fills alone. */
  readonly bytes: number;
  /** Whether a frame was made of it: from then on the server may have it. */
  isSent = false;

  /**
   * Encodes an input.
   *
   * @param path - the procedure, for messages
   * @param input - any value that superjson carries
   * @throws RtmsgError for a produce `DATA_INVALID` when it cannot be encoded and `EVENT_TOO_LARGE`
   *   when no server would read its frame; for all else `INPUT_INVALID`
   */
  constructor(path: string, input: unknown) {
    this.text = encode(path, input);
    this.bytes = utf8Length(this.text) + FRAME_OVERHEAD;
    // The server would close the connection over it, and with it end what else is under way.
    if (this.bytes > LIMITS.frameBytes) throw tooLarge(path, this.bytes);
  }
}

function encode(path: string, input: unknown): string {
  try {
    return JSON.stringify(transformer.serialize(input));
  } catch (cause) {
    // superjson refuses some keys, and what is nested too deep overflows the stack.
    const what = cause instanceof Error ? cause.message : String(cause);
    const message = `Input of ${path} cannot be encoded: ${what}`;
    if (path.startsWith("produce")) throw new RtmsgError("DATA_INVALID", message, {}, { cause });
    throw new RtmsgError("INPUT_INVALID", message, {}, { cause });
  }
}

function tooLarge(path: string, bytes: number): RtmsgError {
  const limit = LIMITS.frameBytes;
  const sizes = `is ${bytes.toLocaleString("en")} bytes, over the frame limit of ${limit.toLocaleString("en")}`;
  return path === "produce"
    ? new RtmsgError("EVENT_TOO_LARGE", `Event ${sizes}: split it`, { limit })
    : new RtmsgError("INPUT_INVALID", `Input of ${path} ${sizes}: split it`);
}

function utf8Length(text: string): number {
  // Most texts are ASCII, where both lengths are the same.
  // oxlint-disable-next-line no-control-regex
  return /[^\x00-\x7f]/.test(text) ? new TextEncoder().encode(text).length : text.length;
}
