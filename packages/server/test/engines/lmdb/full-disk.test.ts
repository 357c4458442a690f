import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Broker } from "../../../src/broker/broker.js";
import { openEngine } from "../../../src/engines/lmdb/open-engine.js";
import { DEFAULT_TUNING, type LmdbTuning } from "../../../src/engines/lmdb/tuning.js";
import type { Engine } from "../../../src/log/engine.js";
import { Selection } from "../../../src/log/selection.js";
import { isRtmsgError } from "../../../src/protocol/error.js";
import type { Retention } from "../../../src/protocol/topic-info.js";
import { ALL, entryOf, valueOf } from "../../../src/testing/engine/engine-log.js";
import { until } from "../../support/until.js";
import { smallDisk } from "../support/full-disk.js";
import { openLmdb } from "../support/open-lmdb.js";

const disk = smallDisk(32);
if (disk === undefined) console.log("Skipped: a disk cannot be mounted here, so none can be filled");

const tuning: LmdbTuning = {
  ...DEFAULT_TUNING,
  intervalMs: 50,
  reserveBytes: 1_048_576,
};
const TOPIC = new Selection("a");

/** Appends until the disk is full; returns the offsets that were acknowledged. */
async function appendUntilFull(engine: Engine, bytes = 20_000): Promise<number[]> {
  const offsets: number[] = [];
  for (;;) {
    try {
      const entry = entryOf({ topic: "a", value: "x".repeat(bytes) });
      for (const outcome of await engine.append([entry])) if (outcome.ok) offsets.push(outcome.offset);
    } catch (error) {
      expect(error).toMatchObject({ code: "STORAGE_FULL" });
      return offsets;
    }
  }
}

async function offsetsOf(engine: Engine): Promise<number[]> {
  return (await engine.read(TOPIC, 0, ALL)).events.map(({ offset }) => offset);
}

describe.runIf(disk !== undefined)("a full disk", () => {
  const { path: mount, fill, free } = disk ?? { path: "", fill: () => undefined, free: () => undefined };
  const rejections: unknown[] = [];
  const onRejection = (reason: unknown): void => void rejections.push(reason);
  let folder = "";
  let folders = 0;

  beforeEach(() => {
    // lmdb prints the error of a failed commit; there is to be none.
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    process.on("unhandledRejection", onRejection);
    folder = join(mount, `log-${folders++}`);
  });

  afterEach(async () => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    process.off("unhandledRejection", onRejection);
    const printed = vi.mocked(console.error).mock.calls;
    vi.restoreAllMocks();
    rmSync(folder, { recursive: true, force: true });
    free();
    expect(rejections).toEqual([]);
    expect(printed).toEqual([]);
  });

  test.each([false, true])(
    "refuses events, shows nothing half-written, and takes events again when there is room (relaxed: %s)",
    async (isRelaxed) => {
      const engine = await openLmdb(folder, { isRelaxed, tuning });
      const fed: number[] = [];
      engine.onCommit((events) => fed.push(...events.map(({ offset }) => offset)));
      await engine.append([entryOf({ topic: "a", value: "first" })]);
      fill(300_000);
      const acknowledged = [1, ...(await appendUntilFull(engine))];
      for (let again = 0; again < 5; again++) {
        await expect(
          engine.append([
            entryOf({ topic: "a", value: "x".repeat(60_000), id: "lost" }),
            entryOf({ topic: "new", value: 1 }),
          ]),
        ).rejects.toMatchObject({ code: "STORAGE_FULL" });
      }
      expect(await offsetsOf(engine)).toEqual(acknowledged);
      expect(fed).toEqual(acknowledged);
      expect(await engine.tail()).toBe(acknowledged.at(-1));
      expect(await engine.topic("new")).toBeUndefined();

      free();
      const entries = [
        entryOf({ topic: "a", value: "y".repeat(60_000), id: "lost" }),
        entryOf({ topic: "new" }),
      ];
      const outcomes = await engine.append(entries);
      expect(outcomes).toMatchObject([
        { ok: true, duplicate: false },
        { ok: true, duplicate: false },
      ]);
      await engine.close();
      await using again = await openLmdb(folder, { isRelaxed, tuning });
      expect(await offsetsOf(again)).toEqual([...acknowledged, (acknowledged.at(-1) as number) + 1]);
      expect((await again.topic("new"))?.count).toBe(1);
    },
  );

  test("is told before an event is lost to it, and when there is room again", async () => {
    const engine = await openLmdb(folder, { tuning });
    await engine.checkWritable();
    fill(300_000);
    await appendUntilFull(engine, 100_000);
    const isFull = async (): Promise<boolean> =>
      engine.checkWritable().then(
        () => false,
        (error: unknown) => isRtmsgError(error, "STORAGE_FULL"),
      );
    // How much is free is believed for a moment.
    await until(isFull, "it is told");
    free();
    await engine.checkWritable();
    await engine.close();
  });

  test("lets subscribers and history go on", async () => {
    const opener = (settings: Parameters<typeof openEngine>[1]): Promise<Engine> =>
      openEngine({ path: folder, isRelaxed: false, maxLogBytes: undefined }, settings, tuning);
    await using broker = await Broker.open(opener, {});
    const subscriber = broker.subscribe({ topic: "a", from: "earliest" });
    await broker.produce({ topic: "a", data: 0 });
    fill(200_000);
    let count = 1;
    for (;;) {
      const produced = await broker
        .produce({ topic: "a", data: "x".repeat(20_000) })
        .catch((error: unknown) => error);
      if (produced instanceof Error) {
        expect(produced).toMatchObject({ code: "STORAGE_FULL" });
        break;
      }
      count++;
    }
    for (let index = 0; index < count; index++) expect((await subscriber.next()).done).toBe(false);
    const next = subscriber.next();
    expect((await broker.history({ topic: "a", limit: 1_000 })).events).toHaveLength(count);
    expect((await broker.topics.get("a")).count).toBe(count);
    free();
    await expect
      .poll(() =>
        broker.produce({ topic: "a", data: "after" }).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
    expect(await next).toMatchObject({ value: { data: "after" } });
  });

  test("lets a topic be trimmed, and takes events again in the room that this makes", async () => {
    await using engine = await openLmdb(folder, { tuning });
    await engine.append([entryOf({ topic: "a", value: "first" })]);
    const offsets = [1, ...(await appendUntilFull(engine))];
    fill();
    await expect(engine.append([entryOf({ topic: "a", value: "x".repeat(60_000) })])).rejects.toMatchObject({
      code: "STORAGE_FULL",
    });
    const middle = offsets[Math.floor(offsets.length / 2)] as number;
    expect(await engine.trim("a", middle)).toBe(Math.floor(offsets.length / 2) + 1);
    expect((await engine.topic("a"))?.trimmedThrough).toBe(middle);
    await expect
      .poll(() =>
        engine.append([entryOf({ topic: "a", value: "y".repeat(60_000) })]).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
    // Nearly all that was trimmed can be used again.
    const more = await appendUntilFull(engine);
    expect(more.length).toBeGreaterThan(offsets.length * 0.3);
    expect((await offsetsOf(engine))[0]).toBe(middle + 1);
  });

  test("is kept from filling up by retention", async () => {
    const retention: Retention = { maxEvents: 300 };
    await using engine = await openLmdb(folder, { tuning, settings: { retentionOf: () => retention } });
    let [stored, refused] = [0, 0];
    while (stored < 4_000) {
      const entry = entryOf({ topic: "a", value: `${stored} ${"x".repeat(20_000)}` });
      const isStored = await engine.append([entry]).then(
        () => true,
        (error: unknown) => !isRtmsgError(error, "STORAGE_FULL"),
      );
      if (isStored) stored++;
      else if (++refused > 200) break;
      if (!isStored) await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(stored).toBe(4_000);
    const last = (await engine.read(TOPIC, 0, ALL)).events.at(-1);
    expect(String(last && valueOf(last))).toMatch(/^3999 /);
  });

  test("lets retention trim on what is held back, when it is tightened", async () => {
    {
      await using engine = await openLmdb(folder, { tuning });
      await engine.append([entryOf({ topic: "a", value: "first" })]);
      await appendUntilFull(engine);
    }
    fill();
    const retention: Retention = { maxEvents: 50 };
    await using engine = await openLmdb(folder, { tuning, settings: { retentionOf: () => retention } });
    await expect.poll(async () => (await engine.topic("a"))?.count).toBe(50);
    const entry = entryOf({ topic: "a", value: "y".repeat(200_000) });
    await expect
      .poll(() =>
        engine.append([entry]).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
  });

  test("is met by a new log with an error, not with the end of the process", async () => {
    fill();
    await expect(openLmdb(folder, { tuning })).rejects.toThrow(/full|ENOSPC/);
    free();
    await using engine = await openLmdb(folder, { tuning });
    await engine.append([entryOf({ topic: "a" })]);
  });

  test.each([false, true])("does not keep a log from being closed (relaxed: %s)", async (isRelaxed) => {
    const engine = await openLmdb(folder, { isRelaxed, tuning });
    fill();
    await appendUntilFull(engine);
    await engine.close();
    await using again = await openLmdb(folder, { isRelaxed, tuning });
    expect(await again.tail()).toBeGreaterThanOrEqual(0);
  });
});
