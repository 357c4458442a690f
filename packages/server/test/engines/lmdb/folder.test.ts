import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Selection } from "../../../src/log/selection.js";
import { ALL, entryOf } from "../../../src/testing/engine/engine-log.js";
import { startChildBroker } from "../support/child-broker.js";
import { openLmdb } from "../support/open-lmdb.js";
import { tempFolder } from "../support/temp-folder.js";

const root = tempFolder();
let folders = 0;
const newFolder = (): string => join(root, `folder-${folders++}`);
const lockOf = (folder: string): string => join(folder, "rtmsg.lock");

function writeLock(folder: string, holder: object): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(lockOf(folder), JSON.stringify(holder));
}

/** A holder like this process, but for what is given. */
function holderLike(changed: object): object {
  const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  const space = "pid:[1]";
  return { pid: 4_194_303, started: "1", host: hostname(), boot, space, ...changed };
}

describe("a data folder", () => {
  test("is refused to a second broker of the same process, which is told so", async () => {
    const folder = newFolder();
    await using engine = await openLmdb(folder);
    await expect(openLmdb(folder)).rejects.toThrow(`is held by this process (${process.pid})`);
    await expect(openLmdb(join(folder, ".", ""))).rejects.toThrow("is held by");
    await engine.append([entryOf({ topic: "a" })]);
    expect(await engine.tail()).toBe(1);
  });

  test("is let go of when the log is closed", async () => {
    const folder = newFolder();
    await (await openLmdb(folder)).close();
    expect(existsSync(lockOf(folder))).toBe(false);
    await using engine = await openLmdb(folder);
    expect(await engine.tail()).toBe(0);
  });

  test("is let go of when it cannot be opened", async () => {
    const folder = newFolder();
    mkdirSync(folder);
    writeFileSync(join(folder, "data.mdb"), "nonsense");
    await expect(openLmdb(folder)).rejects.toThrow("damaged");
    await expect(openLmdb(folder)).rejects.toThrow("damaged");
    expect(existsSync(lockOf(folder))).toBe(false);
  });

  test("is refused to another process, which is told who holds it, and ends", async () => {
    const folder = newFolder();
    await using first = await startChildBroker(folder);
    const told = `The data folder ${folder} is held by process ${first.pid}: stop that broker, or use another folder (--data)`;
    await expect(startChildBroker(folder)).rejects.toThrow(told);
    await expect(openLmdb(folder)).rejects.toThrow(told);
  });

  test("is taken over from a process that was killed, with all that it was given", async () => {
    const folder = newFolder();
    const child = await startChildBroker(folder);
    for (let index = 0; index < 20; index++) {
      const response = await fetch(`${child.url}/produce/a`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: String(index),
      });
      expect(response.status).toBe(200);
    }
    await child.end("SIGKILL");
    expect(existsSync(lockOf(folder))).toBe(true);
    await using engine = await openLmdb(folder);
    const { events } = await engine.read(new Selection("a"), 0, ALL);
    expect(events.map(({ json }) => Buffer.from(json).toString())).toEqual(
      Array.from({ length: 20 }, (_, index) => String(index)),
    );
  });

  test.runIf(existsSync("/proc/self/stat"))(
    "is taken over from a process that was killed, and whose parent has not noticed",
    async () => {
      const folder = newFolder();
      // The shell becomes a process that knows of no child.
      const under = ["sh", "-c", '"$@" & exec sleep 600', "sh"];
      await using parent = await startChildBroker(folder, { under });
      const { pid } = JSON.parse(readFileSync(lockOf(folder), "utf8")) as { pid: number };
      expect(pid).not.toBe(parent.pid);
      process.kill(pid, "SIGKILL");
      await expect.poll(() => readFileSync(`/proc/${pid}/stat`, "utf8")).toContain(") Z ");
      await (await openLmdb(folder)).close();
    },
  );

  test("is taken over from a lock that says nothing", async () => {
    const folder = newFolder();
    for (const text of ["", "{", "null", "[]", '{"pid":0}', '{"pid":"1"}']) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(lockOf(folder), text);
      await (await openLmdb(folder)).close();
    }
  });

  test.runIf(existsSync("/proc/self/ns/pid"))(
    "is taken over from a process of before the last boot, and from one whose id is another's now",
    async () => {
      const folder = newFolder();
      const own = JSON.parse(await lockTextOf(folder)) as object;
      writeLock(folder, { ...own, boot: "another boot" });
      await (await openLmdb(folder)).close();
      // Process 1 runs, but it did not begin then.
      writeLock(folder, { ...own, pid: 1, started: "1" });
      await (await openLmdb(folder)).close();
    },
  );

  test.runIf(existsSync("/proc/self/ns/pid"))(
    "is taken over from another container's broker only when that gives no sign",
    async () => {
      const folder = newFolder();
      writeLock(folder, holderLike({ host: "elsewhere" }));
      const signs = setInterval(() => writeLock(folder, holderLike({ host: "elsewhere" })), 50);
      try {
        await expect(openLmdb(folder)).rejects.toThrow("is held by process 4194303 on elsewhere");
      } finally {
        clearInterval(signs);
      }
      await (await openLmdb(folder)).close();
    },
    20_000,
  );

  test("goes to one of several that come at once for a lock that was left behind", async () => {
    for (let round = 0; round < 3; round++) {
      const folder = newFolder();
      await (await startChildBroker(folder)).end("SIGKILL");
      const tries = await Promise.allSettled(Array.from({ length: 4 }, () => startChildBroker(folder)));
      const started = tries.filter((one) => one.status === "fulfilled").map(({ value }) => value);
      try {
        expect(started).toHaveLength(1);
        for (const one of tries) {
          if (one.status === "rejected")
            expect(String(one.reason)).toContain(`held by process ${started[0]?.pid}`);
        }
      } finally {
        for (const child of started) await child.end("SIGKILL");
      }
    }
  }, 30_000);
});

async function lockTextOf(folder: string): Promise<string> {
  await using engine = await openLmdb(folder);
  await engine.tail();
  return readFileSync(lockOf(folder), "utf8");
}
