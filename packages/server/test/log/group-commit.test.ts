import { describe, expect, test } from "vitest";
import type { AppendPlan, CommittedTopic } from "../../src/log/append-plan.js";
import { DedupeWindow } from "../../src/log/dedupe-window.js";
import { GroupCommit } from "../../src/log/group-commit.js";
import { entryOf } from "../../src/testing/engine/engine-log.js";
import { turns } from "../support/until.js";

/** A target whose writes end when the test says so. */
function heldTarget() {
  const writes: { readonly offsets: number[]; readonly end: (error?: Error) => void }[] = [];
  const applied: number[] = [];
  const state = {
    dedupe: new DedupeWindow({ windowMs: 1_000, maxIds: 10 }),
    byName: () => undefined,
    tail: 0,
    lastTime: 0,
    topicCount: 0,
  };
  const commits = new GroupCommit<CommittedTopic>(
    {
      state,
      write: (plan) =>
        new Promise((resolve, reject) => {
          writes.push({
            offsets: offsetsOf(plan),
            end: (error) => (error === undefined ? resolve() : reject(error)),
          });
        }),
      applied: (plan) => {
        applied.push(...offsetsOf(plan));
        state.tail = applied.at(-1) ?? 0;
      },
    },
    { now: () => 0, maxTopics: 10 },
  );
  return { commits, writes, applied };
}

function offsetsOf({ events }: AppendPlan): number[] {
  return events.map(({ offset }) => offset);
}

describe("group commit", () => {
  test("answers, and lets see what was appended, only once it is written", async () => {
    const { commits, writes, applied } = heldTarget();
    const answered: string[] = [];
    const append = (name: string): Promise<unknown> =>
      commits.append([entryOf({ topic: name })]).then(() => answered.push(name));
    const first = [append("a"), append("b")];
    await turns(1);
    const second = append("c");
    await turns(20);
    expect(writes.map(({ offsets }) => offsets)).toEqual([[1, 2]]);
    expect([answered, applied]).toEqual([[], []]);

    writes[0]?.end();
    await Promise.all(first);
    expect([answered, applied]).toEqual([
      ["a", "b"],
      [1, 2],
    ]);
    await turns(20);
    expect(writes.map(({ offsets }) => offsets)).toEqual([[1, 2], [3]]);
    expect(applied).toEqual([1, 2]);

    writes[1]?.end();
    await second;
    expect(applied).toEqual([1, 2, 3]);
  });

  test("answers before it makes the next commit, and all that follows from the answers", async () => {
    const { commits, writes } = heldTarget();
    const first = commits.append([entryOf({ topic: "a" })]);
    await turns(1);
    const second = commits.append([entryOf({ topic: "b" })]);
    let writesAtAnswer = 0;
    const answered = first.then(async () => {
      // What a transport does with an answer takes some promises.
      for (let hop = 0; hop < 10; hop++) await Promise.resolve();
      writesAtAnswer = writes.length;
    });
    writes[0]?.end();
    await answered;
    expect(writesAtAnswer).toBe(1);
    await turns(5);
    writes[1]?.end();
    expect(await second).toMatchObject([{ ok: true, offset: 2 }]);
  });

  test("rolls nothing forward when a write fails", async () => {
    const { commits, writes, applied } = heldTarget();
    const first = commits.append([entryOf({ topic: "a" })]);
    const refused = first.then(String, String);
    await turns(1);
    const second = commits.append([entryOf({ topic: "b" })]);
    writes[0]?.end(new Error("the disk is gone"));
    expect(await refused).toBe("Error: the disk is gone");
    await turns(5);
    expect(applied).toEqual([]);
    writes[1]?.end();
    expect(await second).toMatchObject([{ ok: true, offset: 1 }]);
    expect(applied).toEqual([1]);
  });
});
