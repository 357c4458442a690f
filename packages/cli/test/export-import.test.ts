import { defineTopics, lmdbEngine } from "@rtmsg/server";
import { startTestServer, type TestServer } from "@rtmsg/server/testing";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { MAIN, runCli, startCli, type Ended } from "./support/cli.js";
import { PATIENCE } from "./support/poll.js";
import { runHere } from "./support/run-here.js";
import { tempFolder } from "./support/temp-folder.js";

function exported(server: TestServer, ...args: string[]): Promise<Ended> {
  return runHere(["export", ...args, "--url", server.url]);
}

function imported(server: TestServer, input: string | Buffer, ...args: string[]): Promise<Ended> {
  return runCli(["import", ...args, "--url", server.url], { input });
}

/** All that a log holds, without the positions that are its own. */
async function contentOf({ broker }: TestServer): Promise<unknown[]> {
  const content: unknown[] = [];
  for await (const { offset: _, cursor: __, ...event } of broker.subscribe({
    topic: ">",
    from: "earliest",
    until: "now",
  })) {
    content.push(event);
  }
  return content;
}

/** A broker with events of all kinds. */
async function brokerWithEvents(count = 40): Promise<TestServer> {
  const server = await startTestServer();
  const { broker } = server;
  await broker.produce({ topic: "orders.created", data: { at: new Date(0), big: 12n }, id: "o-1" });
  await broker.produce({ topic: "orders.created", data: "é\u2028𝄞", key: "k", headers: { a: "1", b: "" } });
  await broker.produce({ topic: "users", data: undefined });
  await broker.produce({ topic: "users", data: new Map([["a", new Set([1])]]) });
  for (let n = 0; n < count; n++) {
    await broker.produce({ topic: n % 3 === 0 ? "orders.paid" : `numbers.n${n % 2}`, data: n });
  }
  return server;
}

describe("rtmsg export", () => {
  it("writes every event in order, one on each line", async () => {
    await using server = await brokerWithEvents();
    const { code, stdout, stderr } = await exported(server);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const lines = stdout.trimEnd().split("\n");
    expect(lines).toHaveLength(44);
    const { events } = await server.broker.history({ topic: ">", limit: 2 });
    expect(JSON.parse(lines[0]!)).toEqual({
      topic: "orders.created",
      cursor: events[0]?.cursor,
      time: events[0]?.time,
      id: "o-1",
      data: { at: "1970-01-01T00:00:00.000Z", big: "12" },
      meta: { values: { at: ["Date"], big: ["bigint"] }, v: 1 },
    });
    const cursors = lines.map((line) => (JSON.parse(line) as { cursor: string }).cursor);
    expect(cursors).toEqual(Array.from({ length: 44 }, (_, index) => `${server.broker.epoch}-${index + 1}`));
  });

  it("writes several topics and patterns in the log's order, each event once, and goes on at a cursor", async () => {
    await using server = await brokerWithEvents();
    const selections = ["orders.*", "numbers.n1", "*.n1", "orders.paid"];
    const { stdout } = await exported(server, ...selections);
    const events = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { topic: string; cursor: string });
    const expected = (await server.broker.history({ topic: ">", limit: 1_000 })).events.filter(
      ({ topic }) => topic.startsWith("orders.") || topic === "numbers.n1",
    );
    expect(events.map(({ cursor }) => cursor)).toEqual(expected.map(({ cursor }) => cursor));
    const rest = await exported(server, ...selections, "--from", events[9]!.cursor);
    expect(rest.stdout).toBe(stdout.split("\n").slice(10).join("\n"));
  });

  it("has the broker send each event about once, though it writes more slowly than they come", async () => {
    await using server = await startTestServer();
    const count = 50_000;
    for (let n = 0; n < count; n += 1_000) {
      const data = (index: number): string => `${n + index} ${"x".repeat(200)}`;
      const events = Array.from({ length: 1_000 }, (_, index) => ({ topic: "long", data: data(index) }));
      await server.broker.produceBatch(events);
    }
    const { code, stdout } = await runCli(["export", "--url", server.url]);
    expect({ code, lines: stdout.trimEnd().split("\n").length }).toEqual({ code: 0, lines: count });
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    const delivered = [...metrics.matchAll(/^rtmsg_events_delivered_total\{.*\} (\d+)$/gm)].map(([, value]) =>
      Number(value),
    );
    expect(delivered.reduce((sum, value) => sum + value, 0)).toBeLessThan(count * 1.5);
  });

  it("says that events are gone, unless it is told to carry on", async () => {
    await using server = await startTestServer({
      topics: defineTopics({ a: { schema: z.number(), retention: { maxEvents: 2 } } }),
    });
    for (const n of [1, 2, 3, 4]) await server.broker.produce({ topic: "a", data: n });
    const at = ["a", "--from", `${server.broker.epoch}-1`];
    const refused = await exported(server as unknown as TestServer, ...at);
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toContain("(GAP)");
    const reported = await exported(server as unknown as TestServer, ...at, "--on-gap", "report");
    expect(reported.stderr).toMatch(/^gap: events after \S+-1 are gone; carries on at 3\n$/);
    expect(reported.stdout.trimEnd().split("\n")).toHaveLength(2);
  });
});

describe("rtmsg import", () => {
  it("gives another broker the same events, with their times, and nothing twice", async () => {
    await using source = await brokerWithEvents();
    await using target = await startTestServer();
    const { stdout } = await exported(source);
    expect(await imported(target, stdout)).toEqual({
      code: 0,
      stdout: "Imported 44 events\n",
      stderr: "",
    });
    expect(await contentOf(target)).toEqual(await contentOf(source));
    expect((await imported(target, stdout)).stdout).toBe(
      "Imported 0 events; 44 events had been imported before\n",
    );
    await source.broker.produce({ topic: "users", data: "new" });
    const more = await imported(target, (await exported(source)).stdout, "--json");
    expect(JSON.parse(more.stdout)).toEqual({ stored: 1, duplicates: 44, retimed: 0, skipped: 0 });
    expect(await contentOf(target)).toEqual(await contentOf(source));
    // The copy is a log like any other.
    expect((await exported(target)).stdout.replaceAll(target.broker.epoch, source.broker.epoch)).toBe(
      (await exported(source)).stdout,
    );
  });

  it("works through a pipe of the shell, into a log on disk that is opened again", async () => {
    await using folder = await tempFolder();
    await using source = await brokerWithEvents(2_500);
    const engine = lmdbEngine({ path: folder.path });
    const target = await startTestServer({ engine });
    const cli = `"${process.execPath}" "${MAIN}"`;
    const shell = spawn(
      "bash",
      ["-c", `set -o pipefail; ${cli} export --url ${source.url} | ${cli} import --url ${target.url}`],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    let printed = "";
    shell.stdout.setEncoding("utf8").on("data", (text: string) => (printed += text));
    const [code] = (await once(shell, "close")) as [number];
    expect({ code, printed }).toEqual({ code: 0, printed: "Imported 2,504 events\n" });
    await target.close();
    await using again = await startTestServer({ engine });
    expect(await contentOf(again)).toEqual(await contentOf(source));
    const { stdout } = await exported(source);
    expect((await imported(again, stdout)).stdout).toContain("2,504 events had been imported before");
  });

  it("goes on after it was interrupted, and stores nothing twice", async () => {
    await using source = await brokerWithEvents(3_000);
    await using target = await startTestServer();
    const { stdout } = await exported(source);
    await using cli = startCli(["import", "--url", target.url]);
    const lines = stdout.split("\n");
    cli.stdin.write(`${lines.slice(0, 1_800).join("\n")}\n`);
    await expect
      .poll(() => target.broker.history({ topic: "users" }).then(({ events }) => events.length), PATIENCE)
      .toBe(2);
    cli.kill("SIGINT");
    const { code, stderr } = await cli.ended();
    expect(code).toBe(130);
    expect(stderr).toMatch(
      /^error: Interrupted, [\d,]+ events imported and 0 there already: run it again to go on\n$/,
    );
    const again = await imported(target, stdout);
    expect(again.stdout).toMatch(/^Imported [\d,]+ events; [\d,]+ events had been imported before\n$/);
    expect(await contentOf(target)).toEqual(await contentOf(source));
  });

  it("waits for a broker that goes away meanwhile, and stores nothing twice", async () => {
    await using folder = await tempFolder();
    await using source = await brokerWithEvents(2_200);
    const engine = lmdbEngine({ path: folder.path });
    const target = await startTestServer({ engine });
    const port = Number(new URL(target.url).port);
    const { stdout } = await exported(source);
    await using cli = startCli(["import", "--url", target.url]);
    const lines = stdout.split("\n");
    cli.stdin.write(`${lines.slice(0, 1_500).join("\n")}\n`);
    await expect
      .poll(() => target.broker.history({ topic: "users" }).then(({ events }) => events.length), PATIENCE)
      .toBe(2);
    await target.close();
    cli.stdin.end(lines.slice(1_500).join("\n"));
    await using again = await startTestServer({ engine, port });
    const ended = await cli.ended();
    expect(ended).toMatchObject({ code: 0, stdout: "Imported 2,204 events\n" });
    expect(ended.stderr).toContain("waiting for it");
    expect(await contentOf(again)).toEqual(await contentOf(source));
  });

  it("gives events the log's last time where it has later ones, and says so", async () => {
    await using source = await brokerWithEvents(5);
    await using target = await startTestServer();
    const { time } = await target.broker.produce({ topic: "own", data: 1 });
    const { stdout } = await exported(source);
    // Older than what the log has.
    const older = stdout.replaceAll(/"time":\d+/g, '"time":1000');
    expect((await imported(target, older)).stdout).toBe(
      "Imported 9 events; 9 events could not keep their time, as the log has later ones\n",
    );
    const times = (await target.broker.history({ topic: ">" })).events.map((event) => event.time);
    expect(times).toEqual(Array.from({ length: 10 }, () => time));
  });

  it("takes topics that are asked for only, from a file", async () => {
    await using folder = await tempFolder();
    await using source = await brokerWithEvents();
    await using target = await startTestServer();
    const file = await folder.write("log.ndjson", (await exported(source)).stdout);
    const ended = await imported(target, "", file, "--only", "users", "orders.created");
    expect(ended.stdout).toBe("Imported 4 events; 40 events of other topics left out\n");
    expect((await imported(target, "", `${file}.none`)).stderr).toMatch(
      /^error: The export cannot be read: ENOENT/,
    );
  });

  it("says that its input cannot be read", async () => {
    await using folder = await tempFolder();
    await using target = await startTestServer();
    const { code, stderr } = await runHere(["import", folder.path, "--url", target.url]);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^error: The export cannot be read: EISDIR.*; 0 events imported and 0 there already\n$/,
    );
  });

  it.each([
    ["no", "it is not JSON"],
    ["{}", "it is no event of an export"],
    ['{"topic":"a","cursor":"abcdefgh-9","time":5,"data":"x","meta":{"values":["bigint"]}}', "its meta"],
    ['{"topic":"a.*","cursor":"abcdefgh-9","time":1,"data":1}', "it is no event of an export"],
    ['{"topic":"a","cursor":"abcdefgh-9","time":1,"data":1,"key":5}', "(INPUT_INVALID)"],
    [`{"topic":"a","cursor":"abcdefgh-9","time":1,"data":"${"x".repeat(1_048_577)}"}`, "(EVENT_TOO_LARGE)"],
    [`"${"x".repeat(9_000_000)}"`, "it has over 8,388,608 bytes"],
  ])("stops at a line that is refused, having stored what is before it: %.60s", async (line, problem) => {
    await using target = await startTestServer();
    const good = (n: number): string => `{"topic":"a","cursor":"abcdefgh-${n}","time":5,"data":${n}}`;
    const { code, stdout, stderr } = await imported(
      target,
      [good(1), "", good(2), line, good(10)].join("\n"),
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^error: Line 4: /);
    expect(stderr).toContain(problem);
    expect(stderr).toContain("2 events imported and 0 there already");
    expect((await contentOf(target)).map((event) => (event as { data: unknown }).data)).toEqual([1, 2]);
    const corrected = await imported(target, [good(1), good(2), good(9), good(10)].join("\n"));
    expect(corrected.stdout).toBe("Imported 2 events; 2 events had been imported before\n");
  });

  it("does not check schemas again, and refuses topics that are not declared", async () => {
    await using target = await startTestServer({
      topics: defineTopics({ a: z.string().transform((s) => s.length) }),
    });
    const line = (topic: string): string => `{"topic":"${topic}","cursor":"abcdefgh-1","time":5,"data":3}\n`;
    expect((await imported(target as unknown as TestServer, line("a"))).stdout).toBe("Imported 1 event\n");
    const { stderr } = await imported(target as unknown as TestServer, line("b"));
    expect(stderr).toContain("(TOPIC_UNKNOWN)");
  });

  it("needs the right to administer the broker", async () => {
    await using target = await startTestServer({
      auth: {
        authenticate: () => ({ name: "shop", rights: { produce: [">"], subscribe: [">"], admin: false } }),
      },
    });
    const { code, stderr } = await runCli(["import", "--url", target.url], {
      input: '{"topic":"a","cursor":"abcdefgh-1","time":5,"data":3}\n',
      env: { RTMSG_TOKEN: "any" },
    });
    expect(code).toBe(1);
    expect(stderr).toContain('"shop" may not administer the broker');
  });
});
