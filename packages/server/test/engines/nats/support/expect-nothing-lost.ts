import { expect } from "vitest";
import type { ClusterRun } from "./cluster-run.js";

/** Expects that nothing acknowledged is lost or doubled, and that everyone saw the log's order. */
export function expectNothingLost({ acknowledged, log, delivered }: ClusterRun): void {
  const stored = new Map(log.map(({ offset, value }) => [offset, value]));
  for (const [offset, value] of acknowledged) expect(stored.get(offset)).toBe(value);
  expect(new Set(log.map(({ value }) => value)).size).toBe(log.length);
  for (const events of delivered) {
    expect(events).toEqual(log.map(({ offset, value }) => ({ offset, value })));
  }
  // A producer waits for a receipt before it goes on: its events are in its order.
  const last = new Map<string, number>();
  for (const { value } of log) {
    const [producer = "", number] = value.split("-");
    expect(Number(number)).toBe((last.get(producer) ?? -1) + 1);
    last.set(producer, Number(number));
  }
}
