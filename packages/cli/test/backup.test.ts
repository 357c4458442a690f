import { defineTopics, lmdbEngine } from "@rtmsg/server";
import { startTestServer, type TestServer } from "@rtmsg/server/testing";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { runCli } from "./support/cli.js";
import { PATIENCE } from "./support/poll.js";
import { runHere } from "./support/run-here.js";
import { tempFolder } from "./support/temp-folder.js";

/** A broker on a folder, with events of three topics. */
async function brokerIn(folder: string, events = 300): Promise<TestServer> {
  const server = await startTestServer({ engine: lmdbEngine({ path: folder }) });
  const batches = Math.ceil(events / 100);
  for (let batch = 0; batch < batches; batch++) {
    await server.broker.produceBatch(
      Array.from({ length: 100 }, (_, index) => ({
        topic: `t.${index % 3}`,
        data: { text: `event ${batch * 100 + index}, ${"x".repeat(50)}` },
        ...(index % 10 === 0 && { id: `id-${batch}-${index}` }),
      })),
    );
  }
  return server;
}

async function dataOf(server: TestServer): Promise<unknown[]> {
  const data: unknown[] = [];
  const events = server.broker.subscribe({ topic: ">", from: "earliest", until: "now" });
  for await (const event of events) data.push([event.topic, event.data, event.time, event.id]);
  return data;
}

describe("rtmsg backup", () => {
  it("copies the log of a broker that goes on; restored, old cursors are a gap", async () => {
    await using folder = await tempFolder();
    const [data, copy] = [join(folder.path, "data"), join(folder.path, "copy")];
    const server = await brokerIn(data);
    const { cursor } = await server.broker.produce({ topic: "t.0", data: "the last" });
    const before = await dataOf(server);

    const over = new AbortController();
    const producing = (async () => {
      while (!over.signal.aborted) await server.broker.produce({ topic: "meanwhile", data: 1 });
    })();
    const { code, stdout, stderr } = await runCli(["backup", copy, "--url", server.url]);
    over.abort();
    await producing;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain(`to ${copy}. Check it with: rtmsg verify ${copy}`);
    expect(readdirSync(copy)).toEqual(["data.mdb"]);
    expect(readdirSync(data).filter((name) => name.includes("backup"))).toEqual([]);
    await server.close();

    const verified = await runCli(["verify", copy]);
    expect(verified).toMatchObject({ code: 0, stderr: "" });
    expect(verified.stdout).toContain("is sound");
    await using restored = await startTestServer({ engine: lmdbEngine({ path: copy }) });
    const events = await dataOf(restored);
    expect(events.slice(0, before.length)).toEqual(before);
    expect(restored.broker.epoch).not.toBe(cursor.split("-")[0]);
    const resumed = await runHere(["subscribe", "t.0", "--from", cursor, "--url", restored.url]);
    expect(resumed).toMatchObject({ code: 1, stdout: "" });
    expect(resumed.stderr).toContain("(GAP)");
    // It is a copy once: opened again, it is the same log.
    const { epoch } = restored.broker;
    await restored.close();
    await using again = await startTestServer({ engine: lmdbEngine({ path: copy }) });
    expect(again.broker.epoch).toBe(epoch);
  });

  it("copies a folder that nobody holds, and no other", async () => {
    await using folder = await tempFolder();
    const [data, copy] = [join(folder.path, "data"), join(folder.path, "copy")];
    const server = await brokerIn(data);
    const { epoch } = server.broker;
    const before = await dataOf(server);
    const args = ["backup", copy, "--data", data];
    expect((await runCli(args)).stderr).toMatch(/^error: The data folder \S+ is held by process/);
    await server.close();
    expect(await runCli(args)).toMatchObject({ code: 0, stderr: "" });
    expect((await runCli(args)).stderr).toContain("holds a log already");
    expect((await runCli(["backup", `${copy}.2`, "--data", `${data}.none`])).stderr).toContain(
      "There is no log in",
    );
    await using restored = await startTestServer({ engine: lmdbEngine({ path: copy }) });
    expect(await dataOf(restored)).toEqual(before);
    expect(restored.broker.epoch).not.toBe(epoch);
    await using original = await startTestServer({ engine: lmdbEngine({ path: data }) });
    expect(original.broker.epoch).toBe(epoch);
  });

  it("says what keeps a broker from it, and leaves nothing", async () => {
    await using folder = await tempFolder();
    const copy = join(folder.path, "copy");
    await using memory = await startTestServer();
    const { code, stderr } = await runHere(["backup", copy, "--url", memory.url]);
    expect(code).toBe(1);
    expect(stderr).toContain("The engine memory makes no backups: export the events instead");
    await using guarded = await startTestServer({
      auth: {
        authenticate: () => ({ name: "shop", rights: { produce: [">"], subscribe: [">"], admin: false } }),
      },
    });
    const refused = await runCli(["backup", copy, "--url", guarded.url], { env: { RTMSG_TOKEN: "any" } });
    expect(refused.stderr).toContain('"shop" may not administer the broker');
    expect(existsSync(join(copy, "data.mdb"))).toBe(false);
  });
});

describe("rtmsg verify", () => {
  /** Copies of a sound data file, with a change each. */
  async function damagedCopies(): Promise<
    {
      readonly sound: string;
      damaged(change: (bytes: Buffer) => Buffer | undefined): string;
    } & AsyncDisposable
  > {
    const folder = await tempFolder();
    const sound = join(folder.path, "sound");
    const server = await brokerIn(sound, 1_000);
    await server.close();
    let copies = 0;
    return {
      sound,
      damaged(change) {
        const copy = join(folder.path, `copy-${copies++}`);
        mkdirSync(copy);
        const file = join(copy, "data.mdb");
        copyFileSync(join(sound, "data.mdb"), file);
        const bytes = readFileSync(file);
        writeFileSync(file, change(bytes) ?? bytes);
        return copy;
      },
      [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
    };
  }

  it("finds a log sound, one that was trimmed and killed too, and changes nothing", async () => {
    await using folder = await tempFolder();
    await using server = await startTestServer({
      engine: lmdbEngine({ path: folder.path }),
      topics: defineTopics({
        short: { schema: z.number(), retention: { maxEvents: 100 } },
        long: z.number(),
      }),
    });
    for (let batch = 0; batch < 20; batch++) {
      await server.broker.produceBatch(
        Array.from({ length: 100 }, (_, index) => ({
          topic: index % 3 === 0 ? "short" : "long",
          data: index,
        })),
      );
    }
    await expect.poll(async () => (await server.broker.topics.get("short")).count, PATIENCE).toBe(100);
    const held = await runCli(["verify", folder.path]);
    expect(held.stderr).toMatch(/^error: The data folder \S+ is held by process/);
    // As a machine that goes down leaves it.
    const copy = join(folder.path, "copy");
    mkdirSync(copy);
    copyFileSync(join(folder.path, "data.mdb"), join(copy, "data.mdb"));
    const bytes = readFileSync(join(copy, "data.mdb"));
    const { code, stdout, stderr } = await runCli(["verify", "--data", copy]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/is sound: 1,420 events of 2 topics in \d+ blocks, [\d.]+ KB\n$/);
    expect(readFileSync(join(copy, "data.mdb")).equals(bytes)).toBe(true);
    expect(readdirSync(copy)).toEqual(["data.mdb"]);
  });

  it("names the events whose bytes were flipped", async () => {
    await using copies = await damagedCopies();
    const folder = copies.damaged((bytes) => {
      // All places: pages that are no longer in use hold old copies.
      for (let at = bytes.indexOf("event 500,"); at >= 0; at = bytes.indexOf("event 500,", at + 1))
        bytes[at] = 0x45;
      return undefined;
    });
    const { code, stdout, stderr } = await runCli(["verify", folder]);
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^Events \d+ to \d+ of topic "t\.0", in the block at offset \d+, are not as they were written\n$/,
    );
    expect(stderr).toContain("has 1 problem: restore a backup");
    const json = JSON.parse((await runCli(["verify", folder, "--json"])).stdout) as { problems: string[] };
    expect(json).toMatchObject({ problemCount: 1, topics: 3, events: 1_000 });
  });

  it("names the topic whose record was flipped", async () => {
    await using copies = await damagedCopies();
    const folder = copies.damaged((bytes) => {
      // Its number of events is the fifth of the eight numbers before the name.
      for (let at = bytes.indexOf("t.1"); at >= 0; at = bytes.indexOf("t.1", at + 1))
        bytes.writeDoubleLE(7, at - 32);
      return undefined;
    });
    const { code, stdout } = await runCli(["verify", folder]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^The record of topic "t\.1" is not as it was written\n/);
    expect(stdout).toMatch(/^Topic "t\.1" should have 7 events of \d+ bytes, and there are 330 of \d+\n$/m);
  });

  it.each([
    [
      "the time of a topic's last event",
      // The second of the eight numbers before the name.
      (bytes: Buffer) => flipAll(bytes, "t.1", -56),
      /^The record of topic "t\.1" is not as it was written\n$/,
    ],
    [
      "an event id",
      // In the record of ids it comes after the hash of its content, and within an event after other things.
      (bytes: Buffer) => flipAll(bytes, "id-3-10", -1, (at) => bytes.readUInt16LE(at - 36) === 32),
      /^The event ids of the commit at offset \d+ are not as they were written\n$/,
    ],
    [
      "the epoch",
      (bytes: Buffer) => flipAll(bytes, '"epoch":"', 10),
      /^The log's own record is not as it was written\n$/,
    ],
  ])("finds a bit that was flipped in %s", async (_name, flip, problem) => {
    await using copies = await damagedCopies();
    const folder = copies.damaged((bytes) => {
      expect(flip(bytes)).toBeGreaterThan(0);
      return undefined;
    });
    const { code, stdout } = await runCli(["verify", folder]);
    expect(stdout).toMatch(problem);
    expect(code).toBe(1);
  });

  it.each([
    ["the header", (bytes: Buffer) => void bytes.fill(0x21, 0, 8_192), /does not begin as a file of lmdb/],
    [
      "the end",
      (bytes: Buffer) => bytes.subarray(0, Math.floor(bytes.length / 8)),
      /missing|ended the process|cannot be read/,
    ],
    ["everything", () => Buffer.from("this is no log"), /does not begin as a file of lmdb/],
  ])("says so when %s is gone", async (_name, change, problem) => {
    await using copies = await damagedCopies();
    const { code, stdout } = await runCli(["verify", copies.damaged((bytes) => change(bytes) ?? undefined)]);
    expect(code).toBe(1);
    expect(stdout).toMatch(problem);
  });

  it("outlives pages of garbage wherever they are, and calls nothing sound that is not", async () => {
    await using copies = await damagedCopies();
    const { size } = statSync(join(copies.sound, "data.mdb"));
    const expected = await startTestServer({ engine: lmdbEngine({ path: copies.damaged(() => undefined) }) });
    const data = await dataOf(expected);
    await expected.close();
    const pages = Math.floor(size / 4_096);
    for (const share of [0.1, 0.3, 0.5, 0.7, 0.95]) {
      const at = Math.max(2, Math.floor(pages * share)) * 4_096;
      const folder = copies.damaged((bytes) => void bytes.fill(0xa5, at, at + 4_096));
      const { code, stdout } = await runCli(["verify", folder]);
      expect([0, 1]).toContain(code);
      if (code === 1) {
        expect(stdout.length).toBeGreaterThan(0);
        continue;
      }
      // The page holds nothing.
      await using server = await startTestServer({ engine: lmdbEngine({ path: folder }) });
      expect(await dataOf(server)).toEqual(data);
    }
  });

  it("says that there is no log", async () => {
    await using folder = await tempFolder();
    const { code, stderr } = await runCli(["verify"], { cwd: folder.path });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: There is no log in \S+\.rtmsg: name the folder of one\n$/);
  });
});

/**
 * Flips a bit near each place where a text is: pages that are no longer in use hold old copies.
 *
 * @returns how many
 */
function flipAll(
  bytes: Buffer,
  text: string,
  from: number,
  isWanted: (at: number) => boolean = () => true,
): number {
  let count = 0;
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) {
    if (!isWanted(at)) continue;
    bytes[at + from] = (bytes[at + from] as number) ^ 0x01;
    count++;
  }
  return count;
}
