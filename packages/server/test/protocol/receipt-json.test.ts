import fc from "fast-check";
import { expect, it } from "vitest";
import type { Receipt } from "../../src/protocol/event.js";
import { formatCursor } from "../../src/protocol/cursor.js";
import { writeProduceResults, writeReceipt } from "../../src/protocol/receipt-json.js";
import type { TextSink } from "../../src/protocol/text-sink.js";

const EPOCH = "k3v9x2ab";

const receipt: fc.Arbitrary<Receipt> = fc
  .record({
    topic: fc.stringMatching(/^[A-Za-z0-9_~-]{1,20}(\.[A-Za-z0-9_~-]{1,20}){0,3}$/),
    offset: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
    time: fc.oneof(fc.nat({ max: Number.MAX_SAFE_INTEGER }), fc.constant(1_700_000_000_000.5)),
    duplicate: fc.boolean(),
  })
  .map(({ topic, offset, time, duplicate }) => {
    const cursor = formatCursor(EPOCH, offset);
    return { topic, offset, cursor, time, duplicate };
  });

/** What is written, as one text; undefined where nothing was. */
function written(write: (sink: TextSink) => boolean): string | undefined {
  let text = "";
  const isWritten = write({
    ascii: (piece) => {
      text += piece;
    },
  });
  expect(isWritten || text === "").toBe(true);
  return isWritten ? text : undefined;
}

it("writes receipts as JSON would", () => {
  fc.assert(
    fc.property(receipt, fc.array(receipt), (one, many) => {
      expect(JSON.parse(written((sink) => writeReceipt(one, EPOCH, sink)) ?? "")).toEqual(one);
      const results = many.map((each) => ({ ok: true as const, ...each }));
      const text = written((sink) => writeProduceResults(results, EPOCH, sink));
      expect(JSON.parse(text ?? "")).toEqual({ results });
    }),
  );
});

it("leaves a batch in which an event failed to JSON itself", () => {
  const error = { code: "GAP", message: "" } as never;
  const receipt = {
    ok: true,
    topic: "t",
    offset: 1,
    cursor: "aaaaaaaa-1",
    time: 1,
    duplicate: false,
  } as const;
  expect(
    written((sink) => writeProduceResults([receipt, { ok: false, error }], EPOCH, sink)),
  ).toBeUndefined();
});
