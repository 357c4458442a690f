import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SelectionIndex } from "../../src/broker/selection-index.js";
import { bruteSelects, topicName, topicSelection } from "../support/arbitraries.js";

describe("the index of selections", () => {
  it("finds what a look at every member finds, after any additions and removals", () => {
    const step = fc.record({
      remove: fc.boolean(),
      selection: topicSelection,
      member: fc.integer({ min: 0, max: 5 }),
    });
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 30 }),
        fc.array(topicName, { maxLength: 5 }),
        (steps, topics) => {
          const index = new SelectionIndex<string>();
          const present = new Map<string, { selection: string; member: string }>();
          for (const { remove, selection, member } of steps) {
            const key = `${member} ${selection}`;
            if (remove) {
              index.remove(selection, String(member));
              present.delete(key);
            } else {
              index.add(selection, String(member));
              present.set(key, { selection, member: String(member) });
            }
          }
          for (const topic of topics) {
            const found: string[] = [];
            index.forEachMatch(topic, (member) => found.push(member));
            const expected = [...present.values()]
              .filter(({ selection }) => bruteSelects(selection, topic))
              .map(({ member }) => member);
            expect(found.toSorted()).toEqual(expected.toSorted());
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it("finds nothing any more when all was removed", () => {
    const index = new SelectionIndex<object>();
    const member = {};
    for (let round = 0; round < 100; round++) {
      for (const selection of [`a.${round}.*`, `b.${round}.>`, `c.${round}`, "*", ">"]) {
        index.add(selection, member);
        index.remove(selection, member);
        index.remove(selection, member);
      }
    }
    const found: object[] = [];
    for (const topic of ["a", "a.1.x", "b.1.x", "c.1"]) index.forEachMatch(topic, (one) => found.push(one));
    expect(found).toEqual([]);
  });
});
