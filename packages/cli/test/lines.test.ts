import { describe, expect, it } from "vitest";
import { readLines, type InputLine } from "../src/io/lines.js";

async function linesOf(...chunks: Buffer[]): Promise<InputLine[]> {
  const lines: InputLine[] = [];
  // oxlint-disable-next-line require-await
  async function* input(): AsyncGenerator<Buffer> {
    yield* chunks;
  }
  for await (const group of readLines(input())) lines.push(...group);
  return lines;
}

function texts(lines: readonly InputLine[]): string[] {
  return lines.map((line) => ("text" in line ? line.text : line.problem));
}

describe("readLines", () => {
  it("gives the same lines wherever the input is cut", async () => {
    const bytes = Buffer.from("one\ntwö\r\n\n \u2028 𝄞\n\rlast");
    for (let cut = 0; cut <= bytes.length; cut++) {
      const lines = await linesOf(bytes.subarray(0, cut), bytes.subarray(cut));
      expect(texts(lines)).toEqual(["one", "twö", "", " \u2028 𝄞", "\rlast"]);
      expect(lines.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5]);
    }
  });

  it("gives no line for nothing, and none after the last line break", async () => {
    expect(await linesOf()).toEqual([]);
    expect(await linesOf(Buffer.from(""))).toEqual([]);
    expect(texts(await linesOf(Buffer.from("a\n")))).toEqual(["a"]);
    expect(texts(await linesOf(Buffer.from("\n")))).toEqual([""]);
  });

  it("gives the lines of each chunk at once", async () => {
    async function* input(): AsyncGenerator<Buffer> {
      yield Buffer.from("a\nb");
      await new Promise(() => undefined);
    }
    const groups = readLines(input());
    expect(await groups.next()).toEqual({ done: false, value: [{ number: 1, text: "a" }] });
  });

  it("drops a byte order mark at the start only", async () => {
    expect(texts(await linesOf(Buffer.from("\uFEFFa\n\uFEFFb")))).toEqual(["a", "\uFEFFb"]);
  });

  it("refuses what is not UTF-8 and what is too long, and goes on with the next line", async () => {
    const huge = Buffer.alloc(8_388_609, 0x61);
    const lines = await linesOf(
      huge.subarray(0, 5_000_000),
      huge.subarray(5_000_000),
      Buffer.from("\nok\n"),
      Buffer.from([0xc3, 0x0a]),
    );
    expect(texts(lines)).toEqual([
      "it has over 8,388,608 bytes: split it",
      "ok",
      "it is not UTF-8: convert it first",
    ]);
  });
});
