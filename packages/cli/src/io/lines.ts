/** A line of input: its text, or why it has none. */
export type InputLine =
  { readonly number: number; readonly text: string } | { readonly number: number; readonly problem: string };

/** Longest line that is taken, in bytes: no broker takes a larger event. */
const MAX_LINE_BYTES = 8_388_608;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const BYTE_ORDER_MARK = "\uFEFF";

/**
 * Cuts a stream into lines. Only a line feed ends one (with a carriage return before it or not):
 * U+2028 and the like may stand inside JSON.
 *
 * @param input - bytes of UTF-8
 * @returns the lines, counted from 1, in the groups that they arrived in, so that those of a slow
 *   input go on at once
 */
export async function* readLines(input: AsyncIterable<Buffer>): AsyncGenerator<InputLine[], void> {
  const line = new LineInParts();
  for await (const chunk of input) {
    const lines: InputLine[] = [];
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      line.add(chunk.subarray(start, end));
      lines.push(line.end());
      start = end + 1;
    }
    line.add(chunk.subarray(start));
    if (lines.length > 0) yield lines;
  }
  if (!line.isEmpty) yield [line.end()];
}

/** A line whose bytes arrive in parts. */
class LineInParts {
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  #number = 1;
  #parts: Buffer[] = [];
  #length = 0;

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  add(part: Buffer): void {
    this.#length += part.length;
    // What is too long is counted, and not kept.
    if (this.#length > MAX_LINE_BYTES) this.#parts = [];
    else if (part.length > 0) this.#parts.push(part);
  }

  /** The line so far is whole; the next one begins. */
  end(): InputLine {
    const line = this.#read(this.#number++);
    this.#parts = [];
    this.#length = 0;
    return line;
  }

  #read(number: number): InputLine {
    if (this.#length > MAX_LINE_BYTES) {
      return { number, problem: `it has over ${MAX_LINE_BYTES.toLocaleString("en")} bytes: split it` };
    }
    const [first] = this.#parts;
    const bytes = this.#parts.length === 1 && first !== undefined ? first : Buffer.concat(this.#parts);
    const end = bytes.at(-1) === CARRIAGE_RETURN ? bytes.length - 1 : bytes.length;
    try {
      const text = this.#decoder.decode(bytes.subarray(0, end));
      return { number, text: number === 1 && text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text };
    } catch {
      return { number, problem: "it is not UTF-8: convert it first" };
    }
  }
}
