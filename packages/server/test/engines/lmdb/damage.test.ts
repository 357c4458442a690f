import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { open } from "lmdb";
import { beforeAll, describe, expect, test } from "vitest";
import { Selection } from "../../../src/log/selection.js";
import { ALL, entryOf } from "../../../src/testing/engine/engine-log.js";
import { openLmdb } from "../support/open-lmdb.js";
import { tempFolder } from "../support/temp-folder.js";

const root = tempFolder();
const sound = join(root, "sound");
const [a, b] = [new Selection("a"), new Selection("b")];
let folders = 0;

/** The folder of a copy of a sound log, whose file is given to `damage`. */
function damaged(damage: (file: string) => void): string {
  const folder = join(root, `damaged-${folders++}`);
  mkdirSync(folder);
  const file = join(folder, "data.mdb");
  copyFileSync(join(sound, "data.mdb"), file);
  damage(file);
  return folder;
}

/** Changes the bytes of a text somewhere in a file. */
function flip(file: string, text: string): void {
  const bytes = readFileSync(file);
  const at = bytes.indexOf(text);
  expect(at).toBeGreaterThan(0);
  for (let found = at; found >= 0; found = bytes.indexOf(text, found + 1)) bytes[found + 1] = 0x21;
  writeFileSync(file, bytes);
}

beforeAll(async () => {
  await using engine = await openLmdb(sound);
  for (let index = 0; index < 300; index++) {
    const value = `event number ${index}, ${"x".repeat(100)}`;
    await engine.append([entryOf({ topic: "a", value }), entryOf({ topic: "b", value: `other ${index}` })]);
  }
});

describe("a damaged log", () => {
  test.each([
    ["one byte", Buffer.from([1])],
    ["a line of text", Buffer.from("this is no log\n")],
    ["a page of text", Buffer.alloc(5_000, "text")],
    ["zeros", Buffer.alloc(200_000)],
    ["noise", Buffer.alloc(200_000, "\u0001\u0007\u00ff")],
  ])("that is %s is refused, with what to do", async (_name, bytes) => {
    const folder = damaged((file) => writeFileSync(file, bytes));
    await expect(openLmdb(folder)).rejects.toThrow(
      /^The log in .* cannot be opened, it is damaged or no log of rtmsg \(.*\): restore a backup, or move the folder away/,
    );
    // What was there is left as it is.
    expect(readFileSync(join(folder, "data.mdb"))).toEqual(bytes);
  });

  test("that is empty is a new one", async () => {
    const folder = damaged((file) => writeFileSync(file, ""));
    await using engine = await openLmdb(folder);
    await engine.append([entryOf({ topic: "a" })]);
  });

  test("whose file was cut short is refused, unless what was cut off held nothing", async () => {
    const { size } = statSync(join(sound, "data.mdb"));
    for (const share of [0.001, 0.1, 0.5, 0.7]) {
      const folder = damaged((file) => truncateSync(file, Math.floor(size * share)));
      const opened = await openLmdb(folder).catch((error: unknown) => String(error));
      if (typeof opened === "string") expect(opened).toContain("cannot be opened, it is damaged");
      else {
        // Which pages are free at the end depends on when the log's upkeep came to what.
        expect(share).toBeGreaterThan(0.1);
        expect((await opened.read(a, 0, ALL)).events).toHaveLength(300);
        await opened.close();
      }
    }
  });

  test("whose file only seems cut short, because its last pages hold nothing, is opened", async () => {
    const folder = damaged((file) => {
      const bytes = readFileSync(file);
      for (const page of [0, 1]) {
        const lastPage = page * 4_096 + 144;
        bytes.writeBigUInt64LE(bytes.readBigUInt64LE(lastPage) + 5n, lastPage);
      }
      writeFileSync(file, bytes);
    });
    await using engine = await openLmdb(folder);
    expect((await engine.read(a, 0, ALL)).events).toHaveLength(300);
    await engine.append([entryOf({ topic: "a" })]);
  });

  test("of which either of the first two pages was overwritten is refused", async () => {
    for (const page of [0, 1]) {
      const folder = damaged((file) => {
        const bytes = readFileSync(file);
        bytes.fill(0x55, page * 4_096, page * 4_096 + 200);
        writeFileSync(file, bytes);
      });
      await expect(openLmdb(folder)).rejects.toThrow("cannot be opened, it is damaged");
    }
  });

  test("says which events are not as they were written, and goes on when they are trimmed", async () => {
    const folder = damaged((file) => flip(file, "event number 150,"));
    await using engine = await openLmdb(folder);
    const isDamage = {
      code: "STORAGE_FAILED",
      message: expect.stringMatching(
        /^The log is damaged: events \d+ to \d+ of topic "a" are not as they were written; restore a backup, or trim the topic past them$/,
      ) as string,
    };
    await expect(engine.read(a, 0, ALL)).rejects.toMatchObject(isDamage);
    await expect(engine.read(new Selection(">"), 300, ALL)).rejects.toMatchObject(isDamage);
    // What does not need them is not concerned.
    expect((await engine.read(b, 0, ALL)).events).toHaveLength(300);
    expect((await engine.read(a, 310, ALL)).events).toHaveLength(145);
    const page = await engine.read(a, 0, { maxEvents: 100, maxBytes: 1_000_000 });
    expect(page.events).toHaveLength(100);
    expect(page.through).toBe(199);
    await engine.append([entryOf({ topic: "a", value: "new" })]);

    expect(await engine.trim("a", 302)).toBe(151);
    expect((await engine.read(a, 302, ALL)).events).toHaveLength(150);
    expect((await engine.read(a, 0, ALL)).lastTrim).toBeGreaterThan(0);
    expect((await engine.topic("a"))?.trimmedThrough).toBe(301);
    expect((await engine.topic("a"))?.firstOffset).toBe(303);
  });

  test("does not keep retention of other topics from going on", async () => {
    const folder = damaged((file) => flip(file, "event number 20,"));
    const retention = { a: { maxEvents: 250 }, b: { maxEvents: 10 } } as Record<string, object>;
    await using engine = await openLmdb(folder, {
      settings: { retentionOf: (topic) => retention[topic] ?? {} },
    });
    await expect.poll(async () => (await engine.topic("b"))?.count).toBe(10);
    await expect.poll(async () => (await engine.topic("a"))?.count).toBe(250);
  });
});

describe("a log of another version", () => {
  test("is refused when it is newer, and left as it is", async () => {
    const folder = damaged(() => undefined);
    const file = join(folder, "data.mdb");
    const env = open({ path: file, noSubdir: true, maxDbs: 8, overlappingSync: false });
    const meta = env.openDB<object, string>({ name: "meta", encoding: "json" });
    await meta.put("log", { ...meta.get("log"), format: 3 });
    await env.close();
    const bytes = readFileSync(file);
    await expect(openLmdb(folder)).rejects.toThrow(
      /^The log in .* has format 3, and this version of rtmsg reads format 2: use the version that wrote it, or a newer one$/,
    );
    expect(readFileSync(file).equals(bytes)).toBe(true);
  });
});

describe("a folder that cannot be made", () => {
  test("is refused with why, where a file is in its way", async () => {
    const file = join(root, "a-file");
    writeFileSync(file, "");
    await expect(openLmdb(file)).rejects.toThrow(
      /cannot be made, as there is a file of that name: use another/,
    );
    await expect(openLmdb(join(file, "below"))).rejects.toThrow(/cannot be made, as .* file/);
  });

  test.skipIf(!existsSync("/proc/self"))(
    "is refused, and not tried for ever, where none can be",
    async () => {
      await expect(openLmdb("/proc/rtmsg-test/data")).rejects.toThrow(/^The folder .* cannot be made, as /);
    },
  );
});
