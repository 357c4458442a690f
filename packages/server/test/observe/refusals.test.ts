import { expect, it } from "vitest";
import { BoundedLog } from "../../src/observe/bounded-log.js";
import { Refusals } from "../../src/observe/refusals.js";
import { RtmsgError } from "../../src/protocol/error.js";
import { until } from "../support/until.js";

it("writes a line for each refusal, and of a flood how many more there were", async () => {
  const lines: unknown[] = [];
  const write = (fields: object, message: string): void => void lines.push({ ...fields, message });
  const refusals = new Refusals(new BoundedLog({ info: write, warn: write, error: write }));
  for (let n = 0; n < 1_000; n++) refusals.note("RATE_LIMITED", { transport: "trpc", path: "produce" });
  refusals.note("FORBIDDEN", { transport: "sse" });
  expect(lines).toHaveLength(21);
  expect(lines[0]).toEqual({ code: "RATE_LIMITED", transport: "trpc", path: "produce", message: "refused" });
  expect(lines[20]).toEqual({ code: "FORBIDDEN", transport: "sse", message: "refused" });
  await until(() => lines.length === 22, "the second is over");
  expect(lines[21]).toEqual({ code: "RATE_LIMITED", more: 980, message: "refused, and more" });
  refusals.note("RATE_LIMITED", { transport: "trpc" });
  expect(lines[22]).toEqual({ code: "RATE_LIMITED", transport: "trpc", message: "refused" });
  expect(refusals.counts()).toEqual(
    new Map([
      ["RATE_LIMITED", 1_001],
      ["FORBIDDEN", 1],
    ]),
  );
});

it("logs what is the server's own fault as an error, with what is behind it", () => {
  const lines: unknown[] = [];
  const ignored = (): void => undefined;
  const refusals = new Refusals(
    new BoundedLog({
      info: ignored,
      warn: ignored,
      error: (fields, message) => void lines.push({ ...fields, message }),
    }),
  );
  const cause = new Error("the disk is on fire");
  const failed = new RtmsgError("STORAGE_FAILED", "The log cannot be written", {}, { cause });
  refusals.note(failed, { transport: "http", request: "r-1" });
  refusals.note(new RtmsgError("INTERNAL", "Its log says what", {}, { cause }), { transport: "trpc" });
  refusals.note("TOPIC_UNKNOWN", { transport: "trpc" });
  expect(lines).toEqual([
    { message: "call failed", code: "STORAGE_FAILED", transport: "http", request: "r-1", error: failed },
    { message: "call failed", code: "INTERNAL", transport: "trpc", error: cause },
  ]);
});
