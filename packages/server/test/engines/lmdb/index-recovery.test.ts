import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Engine } from "../../../src/log/engine.js";
import { Selection } from "../../../src/log/selection.js";
import { ALL, entryOf } from "../../../src/testing/engine/engine-log.js";
import { openLmdb } from "../support/open-lmdb.js";
import { SMALL_TUNING } from "../support/small-tuning.js";
import { snapshot } from "../support/snapshot.js";
import { tempFolder } from "../support/temp-folder.js";

const folder = tempFolder();
const ENOSPC = 28;
const TOPICS = Array.from({ length: 9 }, (_, index) => `t.${index}`);

async function offsetsByTopic(engine: Engine): Promise<Record<string, number[]>> {
  const byTopic: Record<string, number[]> = {};
  for (const topic of TOPICS) {
    const { events } = await engine.read(new Selection(topic), 0, ALL);
    byTopic[topic] = events.map(({ offset }) => offset);
  }
  return byTopic;
}

/** The same, found without the index. */
async function offsetsByScan(engine: Engine): Promise<Record<string, number[]>> {
  const byTopic = Object.fromEntries(TOPICS.map((topic): [string, number[]] => [topic, []]));
  for (let position = 0, atTail = false; !atTail;) {
    const page = await engine.read(new Selection(">"), position, ALL);
    for (const { topic, offset } of page.events) byTopic[topic]?.push(offset);
    ({ through: position, atTail } = page);
  }
  return byTopic;
}

describe("the index by topic", () => {
  test("holds every block after a crash, when topics were trimmed while it was written", async () => {
    for (let round = 0; round < 12; round++) {
      const path = join(folder, `round-${round}`);
      await using engine = await openLmdb(path);
      for (let commit = 0; commit < 10; commit++) {
        await engine.append(TOPICS.map((topic) => entryOf({ topic, value: "x".repeat(commit * 20) })));
      }
      const trims: Promise<number>[] = [];
      for (let commit = 0; commit < 12; commit++) {
        const appended = engine.append(TOPICS.map((topic) => entryOf({ topic, value: commit })));
        const topic = TOPICS[(round + commit) % TOPICS.length] as string;
        trims.push(engine.trim(topic, commit * 3));
        for (let turn = 0; turn < round % 4; turn++) await new Promise(setImmediate);
        await appended;
      }
      await Promise.all(trims);
      await snapshot(path, `${path}-copy`);
      const expected = await offsetsByTopic(engine);
      expect(await offsetsByScan(engine)).toEqual(expected);
      await using recovered = await openLmdb(`${path}-copy`);
      expect(await offsetsByScan(recovered)).toEqual(expected);
      expect(await offsetsByTopic(recovered)).toEqual(expected);
    }
  });

  test("does not remove, on a full disk, what a crash brings back because its trim was not saved", async () => {
    for (let failures = 1; failures < 8; failures++) {
      const path = join(folder, `full-${failures}`);
      let left = 0;
      const failWrite = (): number | undefined => (left-- > 0 ? ENOSPC : undefined);
      await using engine = await openLmdb(path, { tuning: { ...SMALL_TUNING, failWrite } });
      await engine.append([entryOf({ topic: "t.0" })]);
      await engine.append([entryOf({ topic: "t.1" })]);
      left = failures;
      await Promise.allSettled([engine.append([entryOf({ topic: "t.1" })]), engine.trim("t.0", 1)]);
      // As many turns as the work on a full disk takes.
      for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
      await snapshot(path, `${path}-copy`);
      await using recovered = await openLmdb(`${path}-copy`);
      const state = await recovered.topic("t.0");
      expect(state?.lastOffset).toBe(1);
      expect((await offsetsByTopic(recovered))["t.0"]).toEqual(state?.trimmedThrough === 1 ? [] : [1]);
    }
  });
});
