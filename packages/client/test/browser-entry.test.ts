import { startTestServer } from "@rtmsg/server/testing";
import { afterEach, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { createClient } from "../src/index.js";
import { take } from "./support/take.js";

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

test("where it has none, the client says so", () => {
  vi.stubGlobal("WebSocket", undefined);
  expect(() => createClient({ url: "http://localhost" })).toThrow("There is no WebSocket on this platform");
});
