import { expect } from "vitest";
import type { NodeKills } from "./kill-nodes.js";

/** Expects that nothing acknowledged is lost, nothing doubled, and the order kept: of producers, and of the log. */
export function expectKept({ acknowledged, log, delivered }: NodeKills): void {
  const stored = new Map(log.map(({ offset, text }) => [offset, text]));
  for (const [offset, text] of acknowledged) expect(stored.get(offset)).toBe(text);
  expect(new Set(stored.values()).size).toBe(log.length);
  // By producer and topic, which its number's parity tells.
  const last = new Map<string, number>();
  for (const { text } of log) {
    const [producer = "", number] = text.split(" ");
    const key = `${producer} ${Number(number) % 2}`;
    expect(Number(number)).toBe((last.get(key) ?? (Number(number) % 2) - 2) + 2);
    last.set(key, Number(number));
  }
  const ofTopic = (parity: number) => log.filter(({ text }) => Number(text.split(" ")[1]) % 2 === parity);
  expect(delivered).toEqual([log, log, ofTopic(0), ofTopic(1)]);
}
