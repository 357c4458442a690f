import { RtmsgError, type Identity } from "@rtmsg/server";
import { startTestServer } from "@rtmsg/server/testing";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { startCuttingProxy } from "./support/cutting-proxy.js";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const FOLDER = fileURLToPath(new URL("..", import.meta.url));
const PATIENCE = { timeout: 25_000 } as const;
const hasPython =
  spawnSync("python3", ["-c", "import sys; sys.exit(sys.version_info < (3, 8))"]).status === 0;
if (!hasPython)
  console.log("python3 3.8 or later is not installed: the tests of examples/python are skipped.");

/** A program in Python beside the client. */
function python(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn("python3", ["-u", ...args], {
    cwd: FOLDER,
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1", ...env },
  });
  const ended = once(child, "close");
  const program = { child, ended, stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (program.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (program.stderr += text));
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  return program;
}

const linesOf = (text: string): unknown[] =>
  text
    .split("\n")
    .slice(0, -1)
    .map((line): unknown => JSON.parse(line));

describe.runIf(hasPython)("the client in Python", { timeout: 90_000 }, () => {
  it("receives each event once and in order over cut connections", async () => {
    await using server = await startTestServer();
    await using proxy = await startCuttingProxy(server.url);
    const produce = async (from: number, to: number): Promise<void> => {
      for (let n = from; n <= to; n++) await server.broker.produce({ topic: "chat.lobby", data: { n } });
    };
    await produce(1, 20);
    const program = python(["main.py", "subscribe", proxy.url, "chat.>", "earliest"]);
    const numbers = (): unknown[] => linesOf(program.stdout).map((event) => (event as Event).data.n);
    for (const [from, to] of [
      [21, 40],
      [41, 60],
      [61, 80],
    ] as const) {
      await expect.poll(numbers, PATIENCE).toHaveLength(from - 1);
      proxy.cut();
      await produce(from, to);
    }
    await expect.poll(numbers, PATIENCE).toHaveLength(80);
    expect(numbers()).toEqual(Array.from({ length: 80 }, (_, index) => index + 1));
    expect(proxy.connections).toBeGreaterThanOrEqual(4);
  });

  it("misses nothing when it is cut off before its first event", async () => {
    await using server = await startTestServer();
    await using proxy = await startCuttingProxy(server.url);
    const program = python([
      "-c",
      `from rtmsg import Client
with Client("${proxy.url}") as client:
    for item in client.subscribe("chat.lobby", marks=True):
        print(item.get("type", item.get("data")))`,
    ]);
    await expect.poll(() => program.stdout, PATIENCE).toContain("start");
    proxy.refuse = true;
    proxy.cut();
    await server.broker.produce({ topic: "chat.lobby", data: "while it was away" });
    proxy.refuse = false;
    await expect.poll(() => program.stdout, PATIENCE).toContain("while it was away");
  });

  it("stores an event once whose receipt was lost", async () => {
    await using server = await startTestServer();
    await using proxy = await startCuttingProxy(server.url);
    proxy.loseAnswers = 2;
    const program = python(["main.py", "produce", proxy.url, "chat.lobby"]);
    program.child.stdin.end("one\ntwo\n");
    await program.ended;
    expect(program.stderr).toBe("");
    expect(linesOf(program.stdout)).toMatchObject([
      { offset: 1, duplicate: true },
      { offset: 2, duplicate: false },
    ]);
    const { events } = await server.broker.history({ topic: "chat.lobby" });
    expect(events.map(({ data }) => data)).toEqual(["one", "two"]);
  });

  it("does what its README shows", async () => {
    await using server = await startTestServer();
    const [, code = ""] = /```python\n([\s\S]*?)```/.exec(readme) ?? [];
    const program = python(["-c", code.replace("http://127.0.0.1:3030", server.url)]);
    await program.ended;
    expect(program).toMatchObject({ stderr: "", stdout: "1 {'text': 'hello'}\n" });
  });

  it("takes large events and characters of any kind", async () => {
    await using server = await startTestServer();
    const text = "ü€😀".repeat(20_000);
    const program = python([
      "-c",
      `from rtmsg import Client, RtmsgError
with Client("${server.url}") as client:
    client.produce("chat.lobby", {"text": "ü€😀" * 20_000}, id="m-1", headers={"from": "python"})
    for event in client.subscribe("chat.>", "earliest", until="now"):
        print(event["offset"], event["headers"], event["data"]["text"] == "ü€😀" * 20_000)
    try:
        client.produce("chat.lobby", "other", id="m-1")
    except RtmsgError as error:
        print(error.code)
    print(client.produce("chat.lobby", "after an error")["offset"])`,
    ]);
    await program.ended;
    expect(program).toMatchObject({
      stderr: "",
      stdout: "1 {'from': 'python'} True\nEVENT_ID_CONFLICT\n2\n",
    });
    const { events } = await server.broker.history({ topic: "chat.lobby", limit: 1 });
    expect(events[0]?.data).toEqual({ text });
  });

  it("says why it is refused, and does not try again", async () => {
    const auth = (token: string | undefined): Identity => {
      if (token !== "good") throw new RtmsgError("UNAUTHENTICATED", "Nobody knows this token");
      return { name: "ann", rights: { produce: [], subscribe: ["chat.*"], admin: false } };
    };
    await using server = await startTestServer({ auth });
    await server.broker.produce({ topic: "chat.lobby", data: "seen" });
    const refused = python(["main.py", "subscribe", server.url, "chat.lobby"], { RTMSG_TOKEN: "bad" });
    await refused.ended;
    expect(refused.stderr).toMatch(/^UNAUTHENTICATED: /);
    const forbidden = python(["main.py", "subscribe", server.url, "orders"], { RTMSG_TOKEN: "good" });
    await forbidden.ended;
    expect(forbidden.stderr).toMatch(/^FORBIDDEN: /);
    const good = python(["main.py", "subscribe", server.url, "chat.lobby", "earliest"], {
      RTMSG_TOKEN: "good",
    });
    await expect.poll(() => good.stdout, PATIENCE).toContain('"data": "seen"');
  });
});

interface Event {
  readonly data: { readonly n: number };
}
