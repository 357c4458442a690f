import { startTestServer, type TestServer } from "@rtmsg/server/testing";
import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { MAIN, RunningCli, startCli, type Ended } from "./support/cli.js";
import { PATIENCE } from "./support/poll.js";
import { runHere } from "./support/run-here.js";

function subscribe(server: TestServer, args: readonly string[]): Promise<Ended> {
  return runHere(["subscribe", ...args, "--url", server.url]);
}

async function started(server: TestServer, args: readonly string[]): Promise<RunningCli> {
  const cli = startCli(["subscribe", ...args, "--url", server.url]);
  await expect.poll(() => server.broker.subscriberCount, PATIENCE).toBe(1);
  return cli;
}

async function serverWith(topic: string, values: readonly unknown[]): Promise<TestServer> {
  const server = await startTestServer();
  for (const data of values) await server.broker.produce({ topic, data });
  return server;
}

describe("rtmsg subscribe", () => {
  it("prints data as it comes: a string as its text, anything else as JSON", async () => {
    await using server = await serverWith("newtopic", ["before"]);
    await using cli = await started(server, ["newtopic"]);
    for (const data of ["This is a new event", { id: 1 }, [1, null], 12, false]) {
      await server.broker.produce({ topic: "newtopic", data });
    }
    await cli.printed(/false\n/);
    cli.kill("SIGINT");
    expect(await cli.ended()).toEqual({
      code: 0,
      stdout: 'This is a new event\n{"id":1}\n[1,null]\n12\nfalse\n',
      stderr: "",
    });
  });

  it("prints what only superjson carries as its JSON half", async () => {
    await using server = await serverWith("newtopic", [{ at: new Date(0), big: 12n, tags: new Set(["a"]) }]);
    const { stdout } = await subscribe(server, ["newtopic", "--from", "earliest", "--limit", "1"]);
    expect(stdout).toBe('{"at":"1970-01-01T00:00:00.000Z","big":"12","tags":["a"]}\n');
  });

  it("prints whole events with --json", async () => {
    await using server = await startTestServer();
    const event = { topic: "a.b", data: "x", id: "e-1", key: "k", headers: { h: "1" } };
    const { offset, cursor, time } = await server.broker.produce(event);
    const { stdout } = await subscribe(server, ["a.*", "--from", "earliest", "--limit", "1", "--json"]);
    expect(JSON.parse(stdout)).toEqual({ ...event, offset, cursor, time });
  });

  it("prints several topics and patterns: the past in the log's order, live events as they come, each once", async () => {
    await using server = await startTestServer();
    const publish = async (topic: string, data: unknown): Promise<void> => {
      await server.broker.produce({ topic, data });
    };
    for (let n = 0; n < 300; n++) await publish(`t.${n % 7}`, n);
    const wanted = (n: number): boolean => n % 7 < 3;
    await using cli = startCli([
      "subscribe",
      "t.0",
      "t.1",
      "*.1",
      "t.0",
      "t.2",
      "--from",
      "earliest",
      "--url",
      server.url,
    ]);
    await cli.printed(/^296$/m);
    const past = Array.from({ length: 300 }, (_, n) => n).filter(wanted);
    expect(cli.stdout.trimEnd().split("\n").map(Number)).toEqual(past);
    for (let n = 300; n < 400; n++) await publish(`t.${n % 7}`, n);
    await cli.printed(/^394$/m);
    cli.kill("SIGINT");
    const { code, stdout, stderr } = await cli.ended();
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const live = stdout.trimEnd().split("\n").map(Number).slice(past.length);
    // The last of them may still be on its way on another subscription.
    const expected = Array.from({ length: 100 }, (_, n) => 300 + n).filter(wanted);
    expect(expected).toEqual(expect.arrayContaining(live));
    expect(new Set(live).size).toBe(live.length);
  });

  it("reports a gap of one of several topics, and carries on", async () => {
    await using server = await serverWith("a", [1, 2]);
    await server.broker.produce({ topic: "b", data: 3 });
    const old = "abcdefgh-1";
    const args = ["a", "b", "--from", old, "--on-gap", "report", "--until-now"];
    const { code, stdout, stderr } = await subscribe(server, args);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "1\n2\n3\n" });
    expect(stderr.match(/^gap: events after abcdefgh-1 are gone/gm)).toHaveLength(2);
    expect(await subscribe(server, ["a", "b", "--from", old])).toMatchObject({ code: 1, stdout: "" });
  });

  it("ends after --limit events", async () => {
    await using server = await serverWith("newtopic", [1, 2, 3]);
    const args = ["newtopic", "--from", "earliest"];
    expect(await subscribe(server, [...args, "--limit", "2"])).toEqual({
      code: 0,
      stdout: "1\n2\n",
      stderr: "",
    });
    expect(await subscribe(server, [...args, "--limit", "0"])).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  it("ends at what was the log's end with --until-now", async () => {
    await using server = await serverWith("newtopic", [1, 2, 3]);
    const ended = await subscribe(server, ["newtopic", "--from", "last:2", "--until-now"]);
    expect(ended).toEqual({ code: 0, stdout: "2\n3\n", stderr: "" });
    expect((await subscribe(server, ["other", "--until-now"])).stdout).toBe("");
  });

  it("exits with 130 when it is interrupted before the end that was asked for", async () => {
    await using server = await startTestServer();
    await using cli = await started(server, ["newtopic", "--limit", "1"]);
    cli.kill("SIGINT");
    const { code, stderr } = await cli.ended();
    expect(code).toBe(130);
    expect(stderr).toMatch(/^error: Interrupted/);
  });

  it("fails at a gap, or says so and carries on", async () => {
    await using server = await serverWith("newtopic", [1]);
    const args = ["newtopic", "--from", "aaaaaaaa-5", "--limit", "1"];
    const refused = await subscribe(server, args);
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toMatch(/^error: .*\(GAP\)\n$/);
    expect(await subscribe(server, [...args, "--on-gap", "earliest"])).toEqual({
      code: 0,
      stdout: "1\n",
      stderr: "",
    });
    expect(await subscribe(server, [...args, "--on-gap", "report"])).toEqual({
      code: 0,
      stdout: "1\n",
      stderr: "gap: events after aaaaaaaa-5 are gone; carries on at 1\n",
    });
    const asJson = await subscribe(server, [...args, "--on-gap", "report", "--json"]);
    expect(asJson.stdout).toMatch(/^\{"type":"gap","requested":"aaaaaaaa-5",.*\}\n\{"topic":/);
  });

  it("ends well when nobody reads its output any more", async () => {
    await using server = await serverWith("newtopic", ["first"]);
    await using cli = await started(server, ["newtopic", "--from", "earliest"]);
    await cli.printed(/first/);
    cli.stopReading();
    await server.broker.produce({ topic: "newtopic", data: "nobody reads this" });
    expect(await cli.ended()).toMatchObject({ code: 0, stderr: "" });
  });

  it.runIf(process.platform === "linux")("fails when its output cannot be written", async () => {
    await using server = await serverWith("newtopic", [1]);
    const command = `exec "$0" "$1" subscribe newtopic --from earliest --until-now --url "$2" > /dev/full`;
    await using cli = new RunningCli("sh", ["-c", command, process.execPath, MAIN, server.url]);
    const { code, stderr } = await cli.ended();
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: Standard output could not be written: ENOSPC/);
  });

  it.each([
    [["newtopic", "--from", "yesterday"], '"yesterday" is not a start position'],
    [["newtopic", "--limit", "few"], '--limit is "few"'],
    [["newtopic", "--on-gap", "ignore"], "Allowed choices are error, earliest, report"],
    [["no topic"], '"no topic" is not a topic name or pattern'],
  ])("refuses %j", async (args, message) => {
    await using server = await startTestServer();
    const ended = await subscribe(server, args);
    expect(ended).toMatchObject({ code: 2, stdout: "" });
    expect(ended.stderr).toContain(message);
  });
});

/** `script` (of util-linux) runs a command on a terminal of its own. */
const TERMINAL = "script";
const hasTerminal = process.platform === "linux" && spawnSync(TERMINAL, ["--version"]).status === 0;

describe.runIf(hasTerminal)("rtmsg subscribe, on a terminal", () => {
  async function onTerminal(server: TestServer, topic: string, env = {}): Promise<string> {
    const command = `"${process.execPath}" "${MAIN}" subscribe "${topic}" --from earliest --until-now --url ${server.url}`;
    await using cli = new RunningCli(TERMINAL, ["-qec", command, "/dev/null"], {
      env: { TERM: "xterm", ...env },
    });
    return (await cli.ended()).stdout.replaceAll("\r\n", "\n");
  }

  it("prints in colours, with the topic before the events of a pattern", async () => {
    await using server = await serverWith("a.b", [{ id: "x", n: [1, null] }]);
    const plain = await onTerminal(server, "a.*", { NO_COLOR: "1" });
    expect(plain).toBe('a.b {"id":"x","n":[1,null]}\n');
    const coloured = await onTerminal(server, "a.*");
    expect(coloured).toContain("\u001B[32m");
    // oxlint-disable-next-line no-control-regex
    expect(coloured.replaceAll(/\u001B\[\d+m/g, "")).toBe(plain);
  });

  it("shows what would move the cursor as escapes", async () => {
    await using server = await serverWith("newtopic", ["a\u001B[2J\u0007b\u009Bc\td"]);
    const shown = await onTerminal(server, "newtopic");
    expect(shown).toBe("a\\u001b[2J\\u0007b\\u009bc\td\n");
  });
});
