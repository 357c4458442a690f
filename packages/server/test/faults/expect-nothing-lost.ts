import { expect } from "vitest";
import type { Observed } from "./kill-restart.js";

/** Checks from outside that every promise held. */
export function expectNothingLost({ acknowledged, log, delivered }: Observed): void {
  const offsets = log.map(({ offset }) => offset);
  expect(offsets, "offsets grow").toEqual(offsets.toSorted((a, b) => a - b));
  expect(new Set(log.map(({ data }) => data)).size, "each event is stored once").toBe(log.length);
  const stored = new Map(log.map(({ offset, data }) => [offset, data]));
  for (const [offset, data] of acknowledged) expect(stored.get(offset), `offset ${offset}`).toBe(data);
  // Each producer waits for its receipts, so its events are stored in its order.
  const last = new Map<string, number>();
  for (const { data } of log) {
    const [producer, number] = data.split("-") as [string, string];
    expect(Number(number)).toBe((last.get(producer) ?? -1) + 1);
    last.set(producer, Number(number));
  }
  for (const events of delivered) {
    expect(events.map(({ offset, data }) => [offset, data])).toEqual(
      log.map(({ offset, data }) => [offset, data]),
    );
  }
}
