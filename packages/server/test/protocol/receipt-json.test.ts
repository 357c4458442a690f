import fc from "fast-check";
import { expect, it } from "vitest";
import type { Receipt } from "../../src/protocol/event.js";
import { formatCursor } from "../../src/protocol/cursor.js";
import { produceResultsJson, receiptJson } from "../../src/protocol/receipt-json.js";

const receipt: fc.Arbitrary<Receipt> = fc
  .record({
    topic: fc.stringMatching(/^[A-Za-z0-9_~-]{1,20}(\.[A-Za-z0-9_~-]{1,20}){0,3}$/),
    epoch: fc.stringMatching(/^[a-z0-9]{8}$/),
    offset: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
    time: fc.oneof(fc.nat({ max: Number.MAX_SAFE_INTEGER }), fc.constant(1_700_000_000_000.5)),
    duplicate: fc.boolean(),
  })
  .map(({ topic, epoch, offset, time, duplicate }) => {
    const cursor = formatCursor(epoch, offset);
    return { topic, offset, cursor, time, duplicate };
  });

it("writes receipts as JSON would", () => {
  fc.assert(
    fc.property(receipt, fc.array(receipt), (one, many) => {
      expect(JSON.parse(receiptJson(one))).toEqual(one);
      const results = many.map((each) => ({ ok: true as const, ...each }));
      expect(JSON.parse(produceResultsJson(results) ?? "")).toEqual({ results });
    }),
  );
});

it("leaves a batch in which an event failed to JSON itself", () => {
  const error = { code: "GAP", message: "" } as never;
  expect(produceResultsJson([{ ok: false, error }])).toBeUndefined();
});
