import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { lmdbEngine } from "../../../src/engines/lmdb.js";
import { memoryEngine } from "../../../src/engines/memory.js";
import type { AppendEntry, Engine, EngineSettings } from "../../../src/log/engine.js";
import { Selection } from "../../../src/log/selection.js";
import { hasNats, startNats } from "../../support/nats-server.js";
import { tempFolder } from "../support/temp-folder.js";
import { openNats } from "./support/open-nats.js";

/** One thing that is done to a log. */
type Step =
  | { readonly append: readonly AppendEntry[] }
  | { readonly trim: string; readonly through: number }
  | { readonly read: string; readonly after: number; readonly maxEvents: number }
  | { readonly last: string; readonly count: number }
  | { readonly time: string; readonly at: number }
  | { readonly states: true };

const START = 1_700_000_000_000;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A workload as it was recorded: the same steps for every engine. */
function workload(steps: number): Step[] {
  let state = 42;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
  const topics = ["a", "b", "a.x", "a.y", "c.d.e"];
  const patterns = [...topics, "a.*", ">", "*", "c.>"];
  const topic = (): string => topics[random(topics.length)] as string;
  const pattern = (): string => patterns[random(patterns.length)] as string;
  const entry = (value: number): AppendEntry => {
    const id = random(3) === 0 ? `id-${random(40)}` : undefined;
    const content = random(4) === 0 ? "other" : "same";
    return {
      topic: topic(),
      json: encoder.encode(JSON.stringify({ value, pad: "x".repeat(random(50)) })),
      ...(id !== undefined && { id, contentHash: content }),
      ...(random(5) === 0 && { key: `k${value}`, headers: { h: `${value}` } }),
      ...(random(6) === 0 && { expectedOffset: random(steps) }),
    };
  };
  return Array.from({ length: steps }, (_, step): Step => {
    switch (random(10)) {
      case 0:
        return { trim: topic(), through: random(steps * 2) };
      case 1:
        return { read: pattern(), after: random(steps * 2), maxEvents: 1 + random(20) };
      case 2:
        return { last: pattern(), count: random(8) };
      case 3:
        return { time: pattern(), at: START + random(steps) * 10 };
      case 4:
        return { states: true };
      default:
        return { append: Array.from({ length: 1 + random(4) }, (__, index) => entry(step * 10 + index)) };
    }
  });
}

/** Carries a workload out; what everything answered, as JSON. */
async function record(
  open: (settings: EngineSettings) => Promise<Engine>,
  steps: readonly Step[],
): Promise<unknown[]> {
  let now = START;
  const engine = await open({
    retentionOf: () => ({}),
    dedupe: { windowMs: 60_000, maxIds: 10_000 },
    maxTopics: 4,
    now: () => now,
  });
  const answers: unknown[] = [];
  try {
    for (const step of steps) {
      now += 10;
      answers.push(await carryOut(engine, step));
    }
  } finally {
    await engine.close();
  }
  return answers;
}

async function carryOut(engine: Engine, step: Step): Promise<unknown> {
  if ("append" in step) {
    const outcomes = await engine.append(step.append);
    return outcomes.map((outcome) => (outcome.ok ? outcome : outcome.error.toJSON()));
  }
  if ("trim" in step) return engine.trim(step.trim, step.through);
  if ("states" in step) return engine.topics({ prefix: "", after: "", limit: 100 });
  if ("read" in step) {
    const limits = { maxEvents: step.maxEvents, maxBytes: 1_000_000 };
    const page = await engine.read(new Selection(step.read), step.after, limits);
    const events = page.events.map((event) => ({ ...event, json: decoder.decode(event.json) }));
    return { events, isGap: page.lastTrim > 0 };
  }
  // Positions may differ as long as what is read from them is the same.
  const selection = new Selection("last" in step ? step.last : step.time);
  const position =
    "last" in step
      ? await engine.positionOfLast(selection, step.count)
      : await engine.positionAtTime(selection, step.at);
  const page = await engine.read(selection, position, { maxEvents: 10_000, maxBytes: 10_000_000 });
  return page.events.map(({ offset }) => offset);
}

describe.runIf(hasNats)("a recorded workload", () => {
  const folder = tempFolder();

  it("has the same results on memory, lmdb and nats", async () => {
    // Made here, so that a second try begins with empty logs.
    const path = mkdtempSync(join(folder, "log-"));
    await using nats = await startNats();
    const steps = workload(400);
    const expected = await record(memoryEngine(), steps);
    expect(JSON.stringify(expected)).toContain("EVENT_ID_CONFLICT");
    expect(JSON.stringify(expected)).toContain("LIMIT_EXCEEDED");
    expect(JSON.stringify(expected)).toContain('"isGap":true');
    expect(await record(lmdbEngine({ path }), steps)).toEqual(expected);
    expect(await record((settings) => openNats(nats.url, settings), steps)).toEqual(expected);
  });
});
