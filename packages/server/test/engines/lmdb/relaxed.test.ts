import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { LmdbTuning } from "../../../src/engines/lmdb/tuning.js";
import type { Engine } from "../../../src/log/engine.js";
import { Selection } from "../../../src/log/selection.js";
import { ALL, entryOf } from "../../../src/testing/engine/engine-log.js";
import { openLmdb } from "../support/open-lmdb.js";
import { SMALL_TUNING } from "../support/small-tuning.js";
import { snapshot } from "../support/snapshot.js";
import { tempFolder } from "../support/temp-folder.js";

const root = tempFolder();
let folders = 0;
const newFolder = (): string => join(root, `folder-${folders++}`);
const inBoot = (id: string): LmdbTuning => ({ ...SMALL_TUNING, bootId: () => id });
const ALL_TOPICS = new Selection(">");

async function offsetsOf(engine: Engine): Promise<number[]> {
  const offsets: number[] = [];
  for (let position = 0, atTail = false; !atTail;) {
    const page = await engine.read(ALL_TOPICS, position, ALL);
    offsets.push(...page.events.map(({ offset }) => offset));
    ({ through: position, atTail } = page);
  }
  return offsets;
}

describe("the epoch of a log", () => {
  /** What a log is after it was left in one way and opened in another. */
  const after = async (left: {
    isRelaxed: boolean;
    isClean: boolean;
    boots: [string, string];
  }): Promise<{ isSame: boolean; offsets: number[] }> => {
    const { isRelaxed, isClean, boots } = left;
    const [folder, copy] = [newFolder(), newFolder()];
    const engine = await openLmdb(folder, { isRelaxed, tuning: inBoot(boots[0]) });
    await engine.append([entryOf({ topic: "a" }), entryOf({ topic: "b" })]);
    const { epoch } = engine;
    if (!isClean) await snapshot(folder, copy, isRelaxed);
    await engine.close();
    await using again = await openLmdb(isClean ? folder : copy, { isRelaxed, tuning: inBoot(boots[1]) });
    await again.append([entryOf({ topic: "a" })]);
    return { isSame: again.epoch === epoch, offsets: await offsetsOf(again) };
  };

  test.each([
    { isRelaxed: false, isClean: true, boots: ["one", "one"], isSame: true },
    { isRelaxed: false, isClean: true, boots: ["one", "two"], isSame: true },
    { isRelaxed: false, isClean: false, boots: ["one", "one"], isSame: true },
    { isRelaxed: false, isClean: false, boots: ["one", "two"], isSame: true },
    { isRelaxed: true, isClean: true, boots: ["one", "one"], isSame: true },
    { isRelaxed: true, isClean: true, boots: ["one", "two"], isSame: true },
    { isRelaxed: true, isClean: false, boots: ["one", "one"], isSame: true },
    { isRelaxed: true, isClean: false, boots: ["one", "two"], isSame: false },
    // Where the system does not tell its boots apart.
    { isRelaxed: true, isClean: false, boots: ["", ""], isSame: false },
    { isRelaxed: false, isClean: false, boots: ["", ""], isSame: true },
  ] as const)("relaxed $isRelaxed, clean $isClean, boots $boots: same $isSame", async (left) => {
    const { isSame, offsets } = await after({ ...left, boots: [...left.boots] });
    expect(isSame).toBe(left.isSame);
    expect(offsets).toEqual([1, 2, 3]);
  });

  test("stays when a relaxed log was opened as a durable one since", async () => {
    const [folder, copy, copyAgain] = [newFolder(), newFolder(), newFolder()];
    await using relaxed = await openLmdb(folder, { isRelaxed: true, tuning: inBoot("one") });
    await relaxed.append([entryOf({ topic: "a" })]);
    await snapshot(folder, copy, true);
    await using durable = await openLmdb(copy, { tuning: inBoot("one") });
    expect(durable.epoch).toBe(relaxed.epoch);
    await snapshot(copy, copyAgain);
    await using later = await openLmdb(copyAgain, { tuning: inBoot("two") });
    expect(later.epoch).toBe(relaxed.epoch);
    expect(await offsetsOf(later)).toEqual([1]);
  });
});

describe("a relaxed log, when the machine went down", () => {
  const PAGE = 4_096;
  /** Where the records of commits lie: the two newest, and between them the newest that is on the disk. */
  const RECORDS = [0, PAGE, PAGE / 2] as const;
  const [FLAGS, BOOT, END] = [52, 160, 168];

  /** The file when nothing is being written. */
  const quietFile = async (folder: string): Promise<Buffer> => {
    for (;;) {
      const bytes = readFileSync(join(folder, "data.mdb"));
      await new Promise((resolve) => setTimeout(resolve, 50));
      if (readFileSync(join(folder, "data.mdb")).equals(bytes)) return bytes;
    }
  };

  /** What a disk may hold that was told to sync `synced`, and lost of what was written since what is odd. */
  const lose = (synced: Buffer, written: Buffer): Buffer => {
    const left = Buffer.from(written);
    for (let at = 2 * PAGE, page = 2; at < written.length; at += PAGE, page++) {
      const [old, now] = [synced.subarray(at, at + PAGE), written.subarray(at, at + PAGE)];
      if (old.equals(now) || page % 2 === 0) continue;
      if (old.length === PAGE) old.copy(left, at);
      else left.fill(0, at, at + PAGE);
    }
    for (const record of RECORDS.slice(0, 2)) {
      left.writeUInt16LE(left.readUInt16LE(record + FLAGS) | 0x1000, record + FLAGS);
      left.writeBigUInt64LE(1n, record + BOOT);
    }
    const [, , onDisk] = RECORDS;
    synced.copy(left, onDisk, onDisk, onDisk + END);
    left.writeBigUInt64LE(1n, onDisk + BOOT);
    return left;
  };

  test.each([true, false])("goes back to what was on the disk, opened relaxed: %s", async (isRelaxed) => {
    const folder = newFolder();
    let synced: Buffer;
    let written: Buffer;
    let offsets: number[];
    {
      const tuning = { ...inBoot("one"), maxPendingBlocks: 1_000 };
      await using engine = await openLmdb(folder, { isRelaxed: true, tuning });
      for (let index = 0; index < 40; index++) {
        await engine.append([entryOf({ topic: `t.${index % 5}`, value: "x".repeat(200) })]);
      }
      synced = await quietFile(folder);
      offsets = await offsetsOf(engine);
      // One commit: the next but one may use pages of what is on the disk again.
      await engine.append(
        [0, 1, 2].map((index) => entryOf({ topic: `t.${index}`, value: "y".repeat(3_000) })),
      );
      written = await quietFile(folder);
    }
    expect(written.equals(synced)).toBe(false);

    const crashed = newFolder();
    mkdirSync(crashed);
    writeFileSync(join(crashed, "data.mdb"), lose(synced, written));
    for (let round = 0; round < 3; round++) {
      const tuning = inBoot(`boot ${round}`);
      await using engine = await openLmdb(crashed, { isRelaxed, tuning });
      expect(await offsetsOf(engine), `round ${round}`).toEqual(offsets);
      offsets = [...offsets, (offsets.at(-1) ?? 0) + 1];
      await engine.append([entryOf({ topic: "t.0" })]);
      expect(await offsetsOf(engine)).toEqual(offsets);
    }
  });
});
