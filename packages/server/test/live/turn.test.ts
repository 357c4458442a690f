import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Turn, type HandOut } from "../../src/transport/live/turn.js";
import { turns } from "../support/until.js";

describe("live events", () => {
  /** The clock, which only handing out moves. */
  let now = 0;
  let turn: Turn;

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    now = 1_000;
    turn = new Turn(() => now);
  });
  afterEach(() => void vi.useRealTimers());

  /** A group of so many, to whom handing out takes so many ms; it counts how often that was. */
  function group(size: number, ms: number): HandOut & { count: number } {
    return {
      size,
      count: 0,
      endTurn() {
        this.count++;
        now += ms;
      },
    };
  }

  /** Hands out, and lets the turn end. */
  async function handOut(...groups: readonly HandOut[]): Promise<void> {
    for (const each of groups) turn.handOut(each);
    await turns(2);
  }

  it("are held for half of the time that the last of them took, so that more leave together", async () => {
    const many = group(1_000, 8);
    await handOut(many);
    expect(many.count).toBe(1);
    await handOut(many);
    expect(many.count).toBe(1);
    // Others join the wait, which does not begin anew.
    const few = group(1, 0);
    vi.advanceTimersByTime(2);
    await handOut(few);
    expect([many.count, few.count]).toEqual([1, 0]);
    vi.advanceTimersByTime(2);
    expect([many.count, few.count]).toEqual([2, 1]);
    await turns(2);
    expect([many.count, few.count]).toEqual([2, 1]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("are held for 5 ms at most", async () => {
    const many = group(100_000, 1_000);
    await handOut(many);
    await handOut(many);
    vi.advanceTimersByTime(4);
    expect(many.count).toBe(1);
    vi.advanceTimersByTime(1);
    expect(many.count).toBe(2);
  });

  it("are not held where they came in their time, were few, or went to few", async () => {
    const many = group(1_000, 8);
    await handOut(many);
    now += 4;
    await handOut(many);
    expect(many.count).toBe(2);
    const quick = group(1_000, 1.5);
    now += 100;
    await handOut(quick);
    await handOut(quick);
    expect(quick.count).toBe(2);
    const few = group(255, 100);
    now += 100;
    await handOut(few);
    await handOut(few);
    expect(few.count).toBe(2);
  });

  it("are held no longer when they hurry, and the next are held again", async () => {
    const many = group(1_000, 8);
    await handOut(many);
    await handOut(many);
    expect(many.count).toBe(1);
    turn.hurry();
    turn.hurry();
    await turns(2);
    expect(many.count).toBe(2);
    expect(vi.getTimerCount()).toBe(0);
    turn.hurry();
    await handOut(many);
    expect(many.count).toBe(2);
    vi.advanceTimersByTime(4);
    expect(many.count).toBe(3);
  });

  it("do not hold up replies", async () => {
    const many = group(1_000, 8);
    await handOut(many);
    await handOut(many);
    const outlet = { endTurn: vi.fn() };
    turn.write(outlet);
    await turns(2);
    expect(outlet.endTurn).toHaveBeenCalledOnce();
    expect(many.count).toBe(1);
  });
});
