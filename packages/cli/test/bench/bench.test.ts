import { defineTopics } from "@rtmsg/server";
import { startTestServer, type TestServer } from "@rtmsg/server/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { startCli } from "../support/cli.js";
import { PATIENCE } from "../support/poll.js";
import { runHere } from "../support/run-here.js";

describe("rtmsg bench", () => {
  it("puts load on a broker, finds that all came, and leaves nothing", async () => {
    await using server = await startTestServer();
    const args = ["--producers", "2", "--subscribers", "3", "--batch", "5", "--duration", "1", "--json"];
    const { code, stdout, stderr } = await runHere(["bench", ...args, "--url", server.url]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const report = JSON.parse(stdout) as Record<string, number>;
    expect(report).toMatchObject({ lost: 0, doubled: 0, reordered: 0, errors: {}, subscribers: 3 });
    expect(report["produced"]).toBeGreaterThan(0);
    expect(report["delivered"]).toBe(3 * (report["produced"] ?? 0));
    const { events } = await server.broker.history({ topic: "bench.>" });
    expect(events).toEqual([]);
  });

  it("prints a summary, and keeps the events where it is told to", async () => {
    await using server = await startTestServer();
    const args = ["bench", "--size", "500", "--duration", "1", "--topic", "mine", "--url", server.url];
    const { code, stdout, stderr } = await runHere(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^1 producing, 1 subscribed, 500 bytes, 1 in a call, 1\.\d s$/m);
    expect(stdout).toMatch(/^ {2}produced +[\d,]+\/s +[\d,]+ events$/m);
    expect(stdout).toMatch(/^ {2}delivery +p50 [\d.,]+ ms +p99 [\d.,]+ ms +max [\d.,]+ ms$/m);
    expect(stdout).toMatch(/^ {2}check +0 lost, 0 doubled, 0 reordered$/m);
    const { events } = await server.broker.history({ topic: "mine", limit: 1 });
    expect(JSON.stringify(events[0]?.data).length).toBeGreaterThan(450);
  });

  it("says what was refused, and exits with 1", async () => {
    const topics = defineTopics({ numbers: z.number() });
    await using server = (await startTestServer({ topics })) as unknown as TestServer;
    const args = ["bench", "--topic", "numbers", "--duration", "1", "--url", server.url];
    const { code, stdout, stderr } = await runHere(args);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^ {2}errors +[\d,]+ DATA_INVALID$/m);
    expect(stderr).toMatch(
      /^error: Not every event came as it should: 0 lost, 0 doubled, 0 out of order, \d+ refused$/m,
    );
  });

  it("ends at Ctrl-C with a summary of what it did", async () => {
    await using server = await startTestServer();
    await using cli = startCli(["bench", "--duration", "600", "--url", server.url]);
    await expect
      .poll(
        () => server.broker.history({ topic: "bench.>", limit: 1 }).then(({ events }) => events.length),
        PATIENCE,
      )
      .toBe(1);
    cli.kill("SIGINT");
    const { code, stdout } = await cli.ended();
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ {2}check +0 lost, 0 doubled, 0 reordered$/m);
  });

  it.each([
    ["--producers", "0"],
    ["--batch", "1001"],
    ["--duration", "1.5"],
  ])("refuses %s %s", async (option, value) => {
    const { code, stderr } = await runHere(["bench", option, value]);
    expect(code).toBe(2);
    expect(stderr).toContain(`error: ${option} is "${value}": use a whole number from`);
  });
});
