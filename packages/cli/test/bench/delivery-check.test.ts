import { describe, expect, it } from "vitest";
import { DeliveryCheck, type Acknowledged } from "../../src/bench/delivery-check.js";

const NONE = { lost: 0, doubled: 0, reordered: 0 };

function answered(end: number, ...failed: number[]): Acknowledged {
  return { end, failed: new Set(failed) };
}

/** A check that took events of one producer, in the order of their numbers. */
function after(...sequences: number[]): DeliveryCheck {
  const check = new DeliveryCheck(1);
  for (const [index, sequence] of sequences.entries()) check.add(0, sequence, index + 1);
  return check;
}

describe("the check of what a subscriber got", () => {
  it("finds nothing when each producer's events came once, in order", () => {
    const check = new DeliveryCheck(2);
    for (const [index, producer] of [0, 1, 1, 0, 0].entries()) {
      check.add(producer, [0, 0, 1, 1, 2][index] ?? 0, index + 1);
    }
    expect(check.faults([answered(3), answered(2)])).toEqual(NONE);
    expect(check.received).toBe(5);
  });

  it("counts what has not come as lost, at the end and in the middle, unless it was refused", () => {
    expect(after(0, 1, 4).faults([answered(7)])).toEqual({ ...NONE, lost: 4 });
    expect(after(0, 1, 4).faults([answered(7, 2, 6)])).toEqual({ ...NONE, lost: 2 });
    expect(after().faults([answered(3)])).toEqual({ ...NONE, lost: 3 });
  });

  it("does not count what may still come", () => {
    expect(after(0, 1, 3).faults([answered(9)], false)).toEqual({ ...NONE, lost: 1 });
  });

  it("tells what came twice from what came late", () => {
    expect(after(0, 1, 1, 0, 2).faults([answered(3)])).toEqual({ ...NONE, doubled: 2 });
    expect(after(0, 2, 1, 3).faults([answered(4)])).toEqual({ ...NONE, reordered: 1 });
  });

  it("finds offsets that go back between producers", () => {
    const check = new DeliveryCheck(2);
    check.add(0, 0, 5);
    check.add(1, 0, 4);
    expect(check.faults([answered(1), answered(1)])).toEqual({ ...NONE, reordered: 1 });
  });
});
