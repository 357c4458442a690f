import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DedupeEntry } from "../../src/log/dedupe-entry.js";
import { DedupeWindow } from "../../src/log/dedupe-window.js";
import type { DedupeLimits } from "../../src/log/engine.js";

/** What the window is to do, done slowly. */
class Model {
  readonly #limits: DedupeLimits;
  #entries: { readonly topic: string; readonly id: string; readonly entry: DedupeEntry }[] = [];

  constructor(limits: DedupeLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#entries.length;
  }

  find(topic: string, id: string, now: number): DedupeEntry | undefined {
    const found = this.#entries.findLast((one) => one.topic === topic && one.id === id)?.entry;
    return found !== undefined && now - found.time < this.#limits.windowMs ? found : undefined;
  }

  add(topic: string, id: string, entry: DedupeEntry): void {
    this.#entries.push({ topic, id, entry });
    this.expire(entry.time);
  }

  expire(now: number): void {
    this.#entries = this.#entries.filter(({ entry }) => now - entry.time < this.#limits.windowMs);
    this.#entries = this.#entries.slice(-this.#limits.maxIds);
  }
}

const topic = fc.constantFrom("a", "b.c", "orders.created");
const id = fc.oneof(
  { weight: 5, arbitrary: fc.nat({ max: 60 }).map((n) => `id-${n}`) },
  fc.string({ unit: "grapheme", maxLength: 40 }),
);
/** The first entries' numbers, or where their last 32 bits begin anew. */
const firstNumber = fc.oneof(
  fc.constant(1),
  fc.integer({ min: -150, max: 150 }).map((n) => 2 ** 32 + n),
  fc.integer({ min: -150, max: 150 }).map((n) => 5 * 2 ** 32 + n),
);
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant("add" as const), topic, id, after: fc.nat({ max: 3 }) }),
  },
  fc.record({ kind: fc.constant("expire" as const), after: fc.nat({ max: 40 }) }),
);

describe("DedupeWindow", () => {
  it("remembers what a list of entries would, whatever is added and forgotten", () => {
    const limits = fc.record({
      windowMs: fc.integer({ min: 1, max: 60 }),
      maxIds: fc.integer({ min: 1, max: 40 }),
    });
    fc.assert(
      fc.property(limits, firstNumber, fc.array(step, { maxLength: 200 }), (bounds, first, steps) => {
        const window = new DedupeWindow(bounds, first);
        const model = new Model(bounds);
        let now = 1_000;
        for (const [offset, one] of steps.entries()) {
          now += one.after;
          if (one.kind === "expire") {
            window.expire(now);
            model.expire(now);
          } else {
            expect(window.find(one.topic, one.id, now)).toEqual(model.find(one.topic, one.id, now));
            const entry = { offset, time: now, contentHash: `ÿ${offset}` };
            window.add(one.topic, one.id, entry);
            model.add(one.topic, one.id, entry);
            expect(window.find(one.topic, one.id, now)).toEqual(entry);
          }
          expect(window.size).toBe(model.size);
        }
      }),
    );
  });

  it("finds each of many, over several segments and as its table grows", () => {
    const window = new DedupeWindow({ windowMs: 1_000, maxIds: 10_000 });
    const add = (n: number): void =>
      window.add(`t${n % 3}`, `id ${n}`, { offset: n, time: 5, contentHash: String(n) });
    for (let n = 0; n < 25_000; n++) add(n);
    expect(window.size).toBe(10_000);
    for (let n = 0; n < 25_000; n++) {
      const expected = n < 15_000 ? undefined : { offset: n, time: 5, contentHash: String(n) };
      expect(window.find(`t${n % 3}`, `id ${n}`, 6)).toEqual(expected);
      expect(window.find(`t${(n + 1) % 3}`, `id ${n}`, 6)).toBeUndefined();
    }
    window.expire(1_005);
    expect(window.size).toBe(0);
    add(1);
    expect(window.find("t1", "id 1", 6)?.offset).toBe(1);
  });

  it("takes ids and hashes that are long", () => {
    const window = new DedupeWindow({ windowMs: 1_000, maxIds: 5_000 });
    const long = (n: number): string => `${n} ${"€".repeat(200)}`;
    for (let n = 0; n < 3_000; n++)
      window.add("t", long(n), { offset: n, time: 5, contentHash: "h".repeat(n % 100) });
    for (const n of [0, 1, 2_047, 2_048, 2_999]) {
      expect(window.find("t", long(n), 6)).toEqual({ offset: n, time: 5, contentHash: "h".repeat(n % 100) });
    }
  });

  it("gives the same place to an id whether or not its hash was made before", () => {
    const window = new DedupeWindow({ windowMs: 1_000, maxIds: 10 });
    const hash = window.hashOf("one");
    window.add("t", "one", { offset: 1, time: 5, contentHash: "" }, hash);
    expect(window.find("t", "one", 6)).toEqual(window.find("t", "one", 6, hash));
    expect(window.find("t", "one", 6)?.offset).toBe(1);
  });
});
