import { startTestServer } from "@rtmsg/server/testing";
import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { runCli, startCli } from "./support/cli.js";
import { runHere } from "./support/run-here.js";
import { tempFolder } from "./support/temp-folder.js";

const MEMORY = ["serve", "--port", "0", "--engine", "memory"];

async function post(url: string, topic: string, data: unknown): Promise<Response> {
  const headers = { "content-type": "application/json" };
  return fetch(`${url}/produce/${topic}`, { method: "POST", headers, body: JSON.stringify(data) });
}

describe("rtmsg serve", () => {
  it("prints where it runs, then what it is", async () => {
    await using broker = startCli(MEMORY);
    const url = await broker.url();
    await broker.printed(/^Engine/m);
    expect(broker.stdout).toBe(
      `Broker server running at ${url}\nEngine: memory, its events end with the broker. Topics: any.\n`,
    );
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  it.each(["SIGINT", "SIGTERM"] as const)("ends in order at %s, with exit code 0", async (signal) => {
    await using broker = startCli(MEMORY);
    await broker.printed(/^Engine/m);
    broker.kill(signal);
    expect(await broker.ended()).toMatchObject({ code: 0, stderr: "" });
  });

  it("takes the second SIGINT of one Ctrl-C, which npm passes on, for the same", async () => {
    await using broker = startCli([...MEMORY, "--log-level", "warn"]);
    const { port } = new URL(await broker.url());
    // A subscriber that does not answer holds the end up, so that the second signal comes before it.
    const socket = connect(Number(port), "127.0.0.1");
    socket.write(
      "GET /subscribe/newtopic HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    );
    await once(socket, "data");
    broker.kill("SIGINT");
    await once(socket, "data");
    broker.kill("SIGINT");
    expect(await broker.ended()).toMatchObject({ code: 0, stderr: "" });
    socket.destroy();
  });

  it("keeps events in its data folder, and says where that is", async () => {
    await using folder = await tempFolder();
    const args = ["serve", "--port", "0", "--data", "log"];
    await using first = startCli(args, { cwd: folder.path });
    const url = await first.url();
    await first.printed(/^Engine: lmdb, durable, in .*[\\/]log\. Topics: any\.$/m);
    expect((await post(url, "newtopic", "kept")).status).toBe(200);
    first.kill("SIGTERM");
    expect((await first.ended()).code).toBe(0);

    await using second = startCli([...args, "--durability", "relaxed"], { cwd: folder.path });
    const page = await fetch(`${await second.url()}/topics/newtopic/events`);
    expect(await page.json()).toMatchObject({ events: [{ data: "kept" }] });
  });

  it("serves no console where it is told so", async () => {
    await using broker = startCli([...MEMORY, "--without-console"]);
    const page = await fetch(`${await broker.url()}/`, { headers: { accept: "text/html" } });
    expect(page.headers.get("content-type")).toMatch(/^text\/plain/);
    expect(await page.text()).not.toContain("console");
  });

  it("says that its data folder is in use", async () => {
    await using folder = await tempFolder();
    await using first = startCli(["serve", "--port", "0", "--data", folder.path]);
    await first.url();
    const second = await runHere(["serve", "--port", "0", "--data", folder.path]);
    expect(second).toMatchObject({ code: 1, stdout: "" });
    expect(second.stderr).toMatch(/^error: The data folder .* is held by .*--data.*\n$/);
  });

  it("says in one line what to do when the port is taken", async () => {
    await using other = await startTestServer();
    const { port } = new URL(other.url);
    const ended = await runCli(["serve", "--port", port, "--engine", "memory"]);
    expect(ended).toMatchObject({ code: 1, stdout: "" });
    expect(ended.stderr).toMatch(/^error: Port \d+ on 127\.0\.0\.1 is taken, .*--port.*\n$/);
  });

  it("refuses an address that other machines reach", async () => {
    const ended = await runHere([...MEMORY, "--host", "0.0.0.0"]);
    expect(ended).toMatchObject({ code: 1, stdout: "" });
    expect(ended.stderr).toMatch(/^error: Refused to listen on 0\.0\.0\.0: .*--insecure\)\n$/);
  });

  it.each([
    [["--port", "abc"], '--port is "abc"'],
    [["--port", "65536"], '--port is "65536"'],
    [["--engine", "disk"], '--engine is "disk": use lmdb, memory or addresses'],
    [["--engine", "memory", "--data", "x"], "--data is for the engine lmdb"],
    [["--engine", "memory", "--durability", "relaxed"], "--durability is for the engine lmdb"],
    [["--undeclared-topics", "maybe"], '--undeclared-topics is "maybe": use allow or deny'],
  ])("refuses %j", async (args, message) => {
    const ended = await runHere(["serve", ...args]);
    expect(ended).toMatchObject({ code: 2, stdout: "" });
    expect(ended.stderr).toContain(message);
  });
});
