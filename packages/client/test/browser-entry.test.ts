import { startTestServer } from "@rtmsg/server/testing";
import { afterEach, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { createClient } from "../src/index.js";
import { FakeSocket } from "./support/fake-socket.js";
import { QUICK } from "./support/setup.js";
import { take } from "./support/take.js";
import { timers } from "./support/timers.js";
import { until } from "./support/until.js";

afterEach(() => {
  vi.unstubAllGlobals();
});

test("where the platform has a WebSocket, the client uses it", async () => {
  const addresses: string[] = [];
  class PlatformSocket extends WebSocket {
    constructor(url: string | URL) {
      super(url);
      addresses.push(String(url));
    }
  }
  vi.stubGlobal("WebSocket", PlatformSocket);
  await using server = await startTestServer();
  await using client = createClient({ url: server.url });
  const subscription = client.subscribe({ topic: "a" });
  await client.produce.mutate({ topic: "a", data: "hello" });
  const [event] = await take(subscription, 1);
  expect(event?.data).toBe("hello");
  expect(addresses).toEqual([`${server.url.replace("http", "ws")}/trpc?connectionParams=1`]);
});

test("where the platform refuses the socket, the client waits and says why", async () => {
  vi.stubGlobal("WebSocket", function refuse() {
    throw new Error("mixed content");
  });
  const before = timers();
  const client = createClient({ url: "http://localhost" });
  await until(() => client.connection.state === "waiting");
  expect(client.connection.error?.message).toContain("mixed content");
  // Of the wait alone.
  expect(timers()).toBe(before + 1);
  await client.close();
});

test("where it has none, the client says so", () => {
  vi.stubGlobal("WebSocket", undefined);
  expect(() => createClient({ url: "http://localhost" })).toThrow("There is no WebSocket on this platform");
});

test("a mutation that was under way to a socket, and had not left, is sent on the next", async () => {
  vi.stubGlobal("WebSocket", FakeSocket);
  await using client = createClient({ url: "http://localhost", backoff: QUICK });
  await until(() => FakeSocket.made.length === 1);
  const first = FakeSocket.made[0]!;
  first.open();
  first.accept();
  const receipt = client.produce.mutate({ topic: "a", data: 1 });
  first.close();
  await until(() => FakeSocket.made.length === 2);
  const second = FakeSocket.made[1]!;
  second.open();
  second.accept();
  await until(() => second.sent.length === 3);
  const { id } = JSON.parse(second.sent[2]!) as { readonly id: number };
  const results = [{ ok: true, topic: "a", offset: 1, cursor: "aaaaaaaa-1", time: 1, duplicate: false }];
  second.receive({ id, result: { type: "data", data: { json: { results } } } });
  expect(await receipt).toMatchObject({ offset: 1 });
  // Connection params and the first call.
  expect(first.sent).toHaveLength(2);
});
