import { defineTopics } from "@rtmsg/server";
import { startTestServer, type TestServer } from "@rtmsg/server/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { runCli, startCli, type Ended, type RunOptions } from "./support/cli.js";
import { PATIENCE } from "./support/poll.js";
import { runHere } from "./support/run-here.js";

function produce(server: TestServer, args: readonly string[]): Promise<Ended> {
  return runHere(["produce", ...args, "--url", server.url]);
}

function produceLines(server: TestServer, args: readonly string[], options?: RunOptions): Promise<Ended> {
  return runCli(["produce", ...args, "--url", server.url], options);
}

async function dataOf(server: TestServer, topic: string): Promise<unknown[]> {
  const { events } = await server.broker.history({ topic, limit: 1_000 });
  return events.map(({ data }) => data);
}

describe("rtmsg produce TOPIC DATA", () => {
  it.each([
    ["This is a new event", "This is a new event"],
    ['"This is a new event"', "This is a new event"],
    ['{"id":"o-1","lines":[1,null,true]}', { id: "o-1", lines: [1, null, true] }],
    ["12", 12],
    ["-5", -5],
    ["null", null],
    ["", ""],
  ])("takes %j as %j", async (argument, data) => {
    await using server = await startTestServer();
    const ended = await produce(server, ["newtopic", argument]);
    const cursor = `${server.broker.epoch}-1`;
    expect(ended).toEqual({
      code: 0,
      stdout: `Produced to newtopic at offset 1 (cursor ${cursor})\n`,
      stderr: "",
    });
    expect(await dataOf(server, "newtopic")).toEqual([data]);
  });

  it("takes DATA as text with --string, whatever it looks like", async () => {
    await using server = await startTestServer();
    expect((await produce(server, ["newtopic", '{"a":', "--string"])).code).toBe(0);
    expect(await dataOf(server, "newtopic")).toEqual(['{"a":']);
  });

  it.each(['{"a": 1', "[1,", '"open', "  {"])("refuses %j, which begins like JSON", async (argument) => {
    await using server = await startTestServer();
    const ended = await produce(server, ["newtopic", argument]);
    expect(ended).toMatchObject({ code: 2, stdout: "" });
    expect(ended.stderr).toMatch(/^error: DATA begins like JSON and is not \(.*\): .*--string\n$/);
    expect(await dataOf(server, "newtopic")).toEqual([]);
  });

  it("stores id, key and headers, and prints the receipt as JSON", async () => {
    await using server = await startTestServer();
    const args = [
      "newtopic",
      "1",
      "--id",
      "e-1",
      "--key",
      "k",
      "--header",
      "a=1",
      "--header",
      "b=x=y",
      "--json",
    ];
    const first = JSON.parse((await produce(server, args)).stdout) as object;
    expect(first).toMatchObject({ topic: "newtopic", offset: 1, duplicate: false });
    const { events } = await server.broker.history({ topic: "newtopic" });
    expect(events).toMatchObject([{ id: "e-1", key: "k", headers: { a: "1", b: "x=y" }, data: 1 }]);

    const again = await produce(server, args);
    expect(JSON.parse(again.stdout)).toEqual({ ...first, duplicate: true });
    const inWords = await produce(server, args.slice(0, -1));
    expect(inWords.stdout).toMatch(/^Already produced to newtopic at offset 1 /);
    const conflict = await produce(server, ["newtopic", "2", "--id", "e-1"]);
    expect(conflict).toMatchObject({ code: 1, stdout: "" });
    expect(conflict.stderr).toMatch(/^error: .*\(EVENT_ID_CONFLICT\)\n$/);
  });

  it.each([
    [["two words", "1"], '"two words" is not a topic name'],
    [["orders.*", "1"], '"orders.*" is a pattern'],
    [["newtopic", "1", "--header", "novalue"], "use name=value"],
    [["newtopic", "--id", "e-1"], "--id is for one event"],
    [["newtopic", "1", "--id-field", "id"], "are for lines of standard input"],
    [["newtopic", "--from-line", "0"], "use the number of a line"],
  ])("refuses %j", async (args, message) => {
    await using server = await startTestServer();
    const ended = await produce(server, args);
    expect(ended).toMatchObject({ code: 2, stdout: "" });
    expect(ended.stderr).toContain(message);
  });
});

describe("rtmsg produce TOPIC, from standard input", () => {
  it("produces 1,000 lines that subscribe gives back the same", async () => {
    await using server = await startTestServer();
    const lines = Array.from({ length: 1_000 }, (_, index) =>
      JSON.stringify({ index, text: "é\u2028".repeat(index % 7) }),
    );
    const input = `${lines.join("\n")}\n`;
    const produced = await produceLines(server, ["numbers"], { input });
    expect(produced).toEqual({
      code: 0,
      stdout: "Produced 1,000 events to numbers, offsets 1 to 1000\n",
      stderr: "",
    });
    const args = ["subscribe", "numbers", "--from", "earliest", "--until-now", "--url", server.url];
    expect(await runCli(args)).toEqual({ code: 0, stdout: input, stderr: "" });
  });

  it("takes lines as text with --string, and gives them back the same", async () => {
    await using server = await startTestServer();
    const input = 'plain\n\n{"not": "parsed"}\n  spaces  \nlast, without a line break';
    expect((await produceLines(server, ["texts", "--string"], { input })).code).toBe(0);
    const args = ["subscribe", "texts", "--from", "earliest", "--until-now", "--url", server.url];
    expect((await runCli(args)).stdout).toBe(`${input}\n`);
  });

  it("names the lines that fail and produces the others", async () => {
    await using server = await startTestServer({
      topics: defineTopics({ numbers: z.number().max(9) }),
    });
    const input = Buffer.concat([
      Buffer.from('1\n\n{"a":\n10\r\n2\r\n"x"\n'),
      Buffer.from([0xff, 0x0a]),
      Buffer.from("3"),
    ]);
    const ended = await produceLines(server as unknown as TestServer, ["numbers"], { input });
    expect(ended).toMatchObject({ code: 1, stdout: "Produced 3 events to numbers, offsets 1 to 3\n" });
    expect(ended.stderr.split("\n").map((line) => line.replace(/: .*/, ""))).toEqual([
      "line 3",
      "line 7",
      "line 4",
      "line 6",
      "error",
      "",
    ]);
    expect(ended.stderr).toMatch(/^line 3: it is not JSON .*--string/m);
    expect(ended.stderr).toMatch(/^line 4: .*\(DATA_INVALID\)$/m);
    expect(ended.stderr).toMatch(/^line 7: it is not UTF-8/m);
    expect(ended.stderr).toMatch(/^error: 4 lines failed$/m);
    expect(await dataOf(server as unknown as TestServer, "numbers")).toEqual([1, 2, 3]);
  });

  it("prints a receipt, or what is wrong, for each line with --json", async () => {
    await using server = await startTestServer();
    const ended = await produceLines(server, ["newtopic", "--json"], { input: "1\nno\n" });
    expect(ended.code).toBe(1);
    const results = ended.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { line: number });
    expect(results.toSorted((a, b) => a.line - b.line)).toMatchObject([
      { line: 1, ok: true, topic: "newtopic", offset: 1 },
      { line: 2, ok: false, error: { code: "INPUT_INVALID" } },
    ]);
  });

  it("names the first failures only, when all lines fail", async () => {
    await using server = await startTestServer();
    const ended = await produceLines(server, ["newtopic"], { input: "no\n".repeat(2_500) });
    expect(ended).toMatchObject({ code: 1, stdout: "Produced no event to newtopic\n" });
    expect(ended.stderr.split("\n")).toHaveLength(23);
    expect(ended.stderr).toMatch(/^error: 2,500 lines failed$/m);
  });

  it("produces each line as it comes, and says at Ctrl-C how many", async () => {
    await using server = await startTestServer();
    await using cli = startCli(["produce", "newtopic", "--url", server.url]);
    for (const n of [1, 2]) {
      cli.stdin.write(`${n}\n`);
      await expect.poll(() => dataOf(server, "newtopic"), PATIENCE).toHaveLength(n);
    }
    cli.kill("SIGINT");
    expect(await cli.ended()).toEqual({
      code: 130,
      stdout: "Produced 2 events to newtopic, offsets 1 to 2\n",
      stderr: "error: Interrupted: 2 events had been produced: go on with --from-line 3\n",
    });
  });

  it("takes ids from a field: a second run stores nothing twice, and says so", async () => {
    await using server = await startTestServer();
    const lines = Array.from({ length: 2_500 }, (_, index) => JSON.stringify({ order: { id: index } }));
    const args = ["orders", "--id-field", "order.id"];
    const half = await produceLines(server, args, { input: lines.slice(0, 1_200).join("\n") });
    expect(half.stdout).toBe("Produced 1,200 events to orders, offsets 1 to 1200\n");
    const whole = await produceLines(server, args, { input: lines.join("\n") });
    expect(whole).toEqual({
      code: 0,
      stdout:
        "Produced 1,300 events to orders, offsets 1201 to 2500; 1,200 events had been produced before\n",
      stderr: "",
    });
    expect((await produceLines(server, args, { input: lines.join("\n") })).stdout).toBe(
      "Produced no event to orders; 2,500 events had been produced before\n",
    );
    const { events } = await server.broker.history({ topic: "orders", limit: 2 });
    expect(events.map(({ id }) => id)).toEqual(["0", "1"]);
    const wrong = '{"order": {}}\n{"order": {"id": ""}}\n7\n{"order": {"id": true}}\n{"order": {"id": "x"}}';
    const { code, stdout, stderr } = await produceLines(server, args, { input: wrong });
    expect(code).toBe(1);
    expect(stdout).toBe("Produced 1 event to orders, offset 2501\n");
    for (const line of [1, 2, 3, 4]) {
      expect(stderr).toContain(`line ${line}: it has no text or number in the field "order.id" for its id`);
    }
  });

  it("begins at --from-line, and counts lines from the input's first", async () => {
    await using server = await startTestServer();
    const ended = await produceLines(server, ["newtopic", "--from-line", "3"], { input: "1\n2\n3\nno\n5" });
    expect(ended.stdout).toBe("Produced 2 events to newtopic, offsets 1 to 2\n");
    expect(ended.stderr).toContain("line 4: it is not JSON");
    expect(await dataOf(server, "newtopic")).toEqual([3, 5]);
  });

  it("does nothing with an empty input", async () => {
    await using server = await startTestServer();
    expect(await produceLines(server, ["newtopic"])).toEqual({
      code: 0,
      stdout: "Produced no event to newtopic\n",
      stderr: "",
    });
  });
});

describe("rtmsg produce, when the broker goes away", () => {
  it("waits for it, says so, and produces each line once", async () => {
    const first = await startTestServer();
    const port = Number(new URL(first.url).port);
    await using cli = startCli(["produce", "newtopic", "--string", "--url", first.url]);
    cli.stdin.write("one\n");
    await expect
      .poll(async () => (await first.broker.history({ topic: "newtopic" })).events.length, PATIENCE)
      .toBe(1);
    await first.close();
    await expect.poll(() => cli.stderr, PATIENCE).toMatch(/^The broker at \S+ has gone .*; waiting for it$/m);
    cli.stdin.end("two\n");
    await using second = await startTestServer({ port });
    const { code, stdout, stderr } = await cli.ended();
    expect(stderr).toMatch(/ is back\n$/);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "Produced 2 events to newtopic, offsets 1 to 1\n" });
    const { events } = await second.broker.history({ topic: "newtopic" });
    expect(events.map(({ data }) => data)).toEqual(["two"]);
  });

  it("ends at Ctrl-C all the same, and says what is open", async () => {
    const server = await startTestServer();
    await using cli = startCli(["produce", "newtopic", "--string", "--url", server.url]);
    cli.stdin.write("one\n");
    await expect
      .poll(async () => (await server.broker.history({ topic: "newtopic" })).events.length, PATIENCE)
      .toBe(1);
    await server.close();
    await expect.poll(() => cli.stderr, PATIENCE).toContain("waiting for it");
    cli.stdin.write("two\n");
    cli.kill("SIGINT");
    const { code, stderr } = await cli.ended();
    expect(code).toBe(130);
    expect(stderr).toContain("Interrupted: 1 event had been produced");
  });
});
