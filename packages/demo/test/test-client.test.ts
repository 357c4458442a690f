import { defineTopics, type LogFields } from "@rtmsg/server";
import { startTestServer } from "@rtmsg/server/testing";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { runRawClient } from "../src/raw-client.js";
import { useBroker } from "../src/use-broker.js";
import { PATIENCE, RunningDemo } from "./support.js";

const LINES = "WebSocket client connected\nReceived message: This is a new event\n";

describe("the test client", () => {
  it("connects, produces, prints the event as it comes back, and ends", async () => {
    await using server = await startTestServer();
    await using demo = new RunningDemo(["--url", server.url]);
    expect(await demo.ended()).toBe(0);
    expect(demo.stdout).toBe(LINES);
    expect(demo.stderr).toBe("");
    const { events } = await server.broker.history({ topic: "newtopic" });
    expect(events).toMatchObject([{ data: "This is a new event" }]);
  });

  it("stays with --follow and prints what comes, until Ctrl-C", async () => {
    await using server = await startTestServer();
    await using demo = new RunningDemo(["--follow"], { RTMSG_URL: `${server.url}/` });
    await expect.poll(() => demo.stdout, PATIENCE).toBe(LINES);
    await server.broker.produce({ topic: "newtopic", data: { n: 1 } });
    await expect.poll(() => demo.stdout, PATIENCE).toBe(`${LINES}Received message: {"n":1}\n`);
    demo.kill("SIGINT");
    expect(await demo.ended()).toBe(0);
  });

  it("says which broker does not answer", async () => {
    const server = await startTestServer();
    await server.close();
    await using demo = new RunningDemo(["--url", server.url]);
    expect(await demo.ended()).toBe(1);
    expect(demo.stdout).toBe("");
    expect(demo.stderr).toMatch(/^error: No broker answers at http:.*\n$/);
  });

  it("says what the broker refuses", async () => {
    await using server = await startTestServer({ topics: defineTopics({ other: z.string() }) });
    await using demo = new RunningDemo(["--url", server.url]);
    expect(await demo.ended()).toBe(1);
    expect(demo.stderr).toMatch(/^error: Topic "newtopic" is not known: .*\n$/);
  });

  it("explains itself, also when it is not understood", async () => {
    await using help = new RunningDemo(["--help"]);
    expect(await help.ended()).toBe(0);
    expect(help.stdout).toContain("Usage: npm run demo");
    await using unknown = new RunningDemo(["--nope"]);
    expect(await unknown.ended()).toBe(1);
    expect(unknown.stderr).toMatch(/^error: Unknown option '--nope': see --help\n$/);
  });
});

describe("the test client over the plain WebSocket", () => {
  it("prints the same lines and stays until Ctrl-C", async () => {
    await using server = await startTestServer();
    await using demo = new RunningDemo(["--raw", "--url", server.url]);
    await expect.poll(() => demo.stdout, PATIENCE).toBe(LINES);
    await server.broker.produce({ topic: "newtopic", data: { n: 1 } });
    await expect.poll(() => demo.stdout, PATIENCE).toBe(`${LINES}Received message: {"n":1}\n`);
    demo.kill("SIGINT");
    expect(await demo.ended()).toBe(0);
    expect(demo.stderr).toBe("");
  });

  it("sends the last message back again and again, which the broker logs", async () => {
    const log = vi.spyOn(console, "log").mockReturnValue();
    const logged: LogFields[] = [];
    const info = (fields: LogFields): void => void logged.push(fields);
    await using server = await startTestServer({ logger: { info, warn: info, error: info } });
    const stop = new AbortController();
    const ended = runRawClient(server.url, { signal: stop.signal, sendBackMs: 10 });
    await expect.poll(() => logged.length, PATIENCE).toBeGreaterThanOrEqual(2);
    expect(logged[1]).toMatchObject({ topic: "newtopic", bytes: "This is a new event".length });
    stop.abort();
    await ended;
    expect(log.mock.calls).toEqual([
      ["WebSocket client connected"],
      ["Received message: This is a new event"],
    ]);
    log.mockRestore();
  });

  it("says that the broker closed the connection", async () => {
    await using server = await startTestServer();
    await using demo = new RunningDemo(["--raw", "--url", server.url]);
    await expect.poll(() => demo.stdout, PATIENCE).toBe(LINES);
    await server.close();
    expect(await demo.ended()).toBe(1);
    expect(demo.stderr).toMatch(/^error: The broker closed the connection \(1001 SHUTTING_DOWN\)\n$/);
  });
});

describe("useBroker", () => {
  it("starts a broker where none answers, and says so", async () => {
    const log = vi.spyOn(console, "log").mockReturnValue();
    // Something that is no broker holds the local address, unless a broker does.
    const other = createServer((_request, response) => response.end("hello")).listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    const local = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    {
      await using broker = await useBroker(undefined, local);
      expect(log.mock.calls).toEqual([
        [`No broker answers at ${local}: started one in this process, at ${broker.url}`],
      ]);
      expect((await fetch(`${broker.url}/healthz`)).status).toBe(200);
    }
    other.close();
    log.mockRestore();
  });

  it("uses the local broker where there is one", async () => {
    await using server = await startTestServer();
    await using broker = await useBroker(undefined, server.url);
    expect(broker.url).toBe(server.url);
  });
});
