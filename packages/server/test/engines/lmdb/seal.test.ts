import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { open, type Database, type RootDatabase } from "lmdb";
import { beforeAll, describe, expect, test } from "vitest";
import { isMetaSound, sealMeta, type LogMeta } from "../../../src/engines/lmdb/log-meta.js";
import type { AppendEntry } from "../../../src/log/engine.js";
import { entryOf } from "../../../src/testing/engine/engine-log.js";
import { openLmdb } from "../support/open-lmdb.js";
import { tempFolder } from "../support/temp-folder.js";

const root = tempFolder();
const sound = join(root, "sound");
const imported = entryOf({ topic: "b", value: 7, origin: { epoch: "otherlog", offset: 7, time: 1 } });
const withId = (id: string): AppendEntry => entryOf({ topic: "a", value: id, id });
let copies = 0;

beforeAll(async () => {
  await using engine = await openLmdb(sound);
  await engine.append([withId("one"), withId("two")]);
  await engine.append([withId("three")]);
  await engine.append([imported]);
});

/** Opens the tables of a copy of the log, lets them be changed, and returns the folder. */
async function changed(change: (env: RootDatabase) => Promise<unknown>): Promise<string> {
  const folder = join(root, `copy-${copies++}`);
  mkdirSync(folder);
  copyFileSync(join(sound, "data.mdb"), join(folder, "data.mdb"));
  const env = open({ path: join(folder, "data.mdb"), noSubdir: true, maxDbs: 8, overlappingSync: false });
  await change(env);
  await env.close();
  return folder;
}

function tableOf(env: RootDatabase, name: string): Database<Buffer, number> {
  return env.openDB<Buffer, number>({ name, encoding: "binary" });
}

function metaOf(env: RootDatabase): Database<LogMeta, string> {
  return env.openDB<LogMeta, string>({ name: "meta", encoding: "json" });
}

/** Flips a byte of the last record of a table. */
function flipped(name: string, at: number): Promise<string> {
  return changed(async (env) => {
    const table = tableOf(env, name);
    const [last] = table.getRange({ reverse: true, limit: 1 });
    if (last === undefined) throw new Error(`${name} is empty`);
    const bytes = Buffer.from(last.value);
    bytes[at] = (bytes[at] as number) ^ 0x01;
    await table.put(last.key, bytes);
  });
}

describe("a record that is not as it was written", () => {
  test("of a topic keeps the log from being opened, since offsets could be used twice", async () => {
    for (const at of [0, 8, 48, 64]) {
      await expect(openLmdb(await flipped("topics", at))).rejects.toThrow(
        "The log is damaged: the record of topic number",
      );
    }
  });

  test("of the log itself does so too", async () => {
    const folder = await changed(async (env) => {
      const log = metaOf(env).get("log") as LogMeta;
      await metaOf(env).put("log", { ...log, epoch: "anothere" });
    });
    await expect(openLmdb(folder)).rejects.toThrow(
      /cannot be opened.*its own record is not as it was written/,
    );
  });

  test("of event ids is said, and the other ids are known", async () => {
    for (const at of [0, 8, 12, 25]) {
      const said: string[] = [];
      const observer = {
        committed: () => undefined,
        trimmed: () => undefined,
        damaged: (what: string) => void said.push(what),
      };
      const folder = await flipped("ids", at);
      await using engine = await openLmdb(folder, { settings: { observer } });
      expect(said).toEqual(["the event ids of the commit at offset 3"]);
      expect(await engine.append([withId("one"), withId("three")])).toMatchObject([
        { duplicate: true, offset: 1 },
        { duplicate: false, offset: 5 },
      ]);
    }
  });

  test("of an import refuses what comes from that log", async () => {
    await using engine = await openLmdb(await flipped("imports", 3));
    await expect(engine.append([imported])).rejects.toMatchObject({ code: "STORAGE_FAILED" });
  });
});

describe("a log of the format before", () => {
  const old = (): Promise<string> =>
    changed(async (env) => {
      for (const name of ["topics", "ids", "imports"]) {
        const table = tableOf(env, name);
        const records = [...table.getRange({})];
        for (const { key, value } of records) await table.put(key, Buffer.from(value.subarray(0, -4)));
      }
      const { seal: _, ...log } = metaOf(env).get("log") as LogMeta;
      await metaOf(env).put("log", { ...log, format: 1 });
    });

  test("is opened with all that it knows, and is one of this format then", async () => {
    const folder = await old();
    for (let time = 0; time < 2; time++) {
      await using engine = await openLmdb(folder);
      expect(await engine.topic("a")).toMatchObject({ count: 3, lastOffset: 3 });
      expect(await engine.append([withId("one"), withId("three"), imported])).toMatchObject([
        { duplicate: true, offset: 1 },
        { duplicate: true, offset: 3 },
        { duplicate: true },
      ]);
    }
    const env = open({ path: join(folder, "data.mdb"), noSubdir: true, maxDbs: 8, readOnly: true });
    expect(metaOf(env).get("log")).toMatchObject({ format: 2, seal: expect.any(Number) as number });
    await env.close();
  });
});

test("the log's own record is sealed whatever the order of its fields", () => {
  const meta = {
    format: 2,
    epoch: "abcdefgh",
    isRelaxed: false,
    bootId: "b",
    isClean: true,
    indexedThrough: 3,
  };
  const sealed = sealMeta(meta);
  expect(isMetaSound(sealed)).toBe(true);
  expect(isMetaSound(Object.fromEntries(Object.entries(sealed).toReversed()) as unknown as LogMeta)).toBe(
    true,
  );
  expect(isMetaSound({ ...sealed, isClean: false })).toBe(false);
  expect(isMetaSound(sealMeta({ ...sealed, isCopy: true }))).toBe(true);
});
