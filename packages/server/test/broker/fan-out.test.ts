import { describe, expect, it } from "vitest";
import { FanOut } from "../../src/broker/fan-out.js";
import type { CommitListener, Engine } from "../../src/log/engine.js";
import type { StoredEvent } from "../../src/log/stored-event.js";
import { turns } from "../support/until.js";

/** An engine that brings what it is asked for: records what it is told to follow. */
class FollowingEngine {
  readonly followed: string[] = [];
  readonly #listeners = new Set<CommitListener>();

  get listeners(): number {
    return this.#listeners.size;
  }

  readonly follow = (selection: string, listener: CommitListener): (() => void) => {
    this.followed.push(selection);
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  commit(offset: number): void {
    for (const listener of this.#listeners) listener([{ topic: "t", offset } as StoredEvent]);
  }
}

/** A sink that keeps the offsets it was given. */
function sink(): { readonly offsets: number[]; take(event: StoredEvent): void } {
  const offsets: number[] = [];
  return { offsets, take: ({ offset }) => void offsets.push(offset) };
}

describe("the fan-out of an engine that brings what it is asked for", () => {
  it("follows on while one sink takes the place of another, so that nothing is lost between", async () => {
    const engine = new FollowingEngine();
    const fanOut = new FanOut(engine as unknown as Engine, 0);
    const [first, second] = [sink(), sink()];
    const leave = fanOut.add("t", first);
    engine.commit(1);
    leave();
    fanOut.add("t", second);
    await turns();
    engine.commit(2);
    expect([first.offsets, second.offsets]).toEqual([[1], [2]]);
    expect(engine.followed).toEqual(["t"]);
  });

  it("follows no more when the last sink is gone, and again when one comes", async () => {
    const engine = new FollowingEngine();
    const fanOut = new FanOut(engine as unknown as Engine, 0);
    const leave = [fanOut.add("t", sink()), fanOut.add("t", sink())];
    leave[0]?.();
    await turns();
    expect(engine.listeners).toBe(1);
    leave[1]?.();
    await turns();
    expect(engine.listeners).toBe(0);
    const late = sink();
    fanOut.add("t", late);
    engine.commit(1);
    expect(late.offsets).toEqual([1]);
    fanOut.close();
    await turns();
    expect(engine.listeners).toBe(0);
  });
});
