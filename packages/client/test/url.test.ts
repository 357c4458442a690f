import { createClient } from "@rtmsg/client";
import { startTestServer } from "@rtmsg/server/testing";
import type { Server } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test, vi } from "vitest";
import { socketUrl } from "../src/connection/socket-url.js";
import { certificate } from "./support/certificate.js";

test.each([
  ["http://127.0.0.1:3030", "ws://127.0.0.1:3030/trpc"],
  ["http://127.0.0.1:3030/", "ws://127.0.0.1:3030/trpc"],
  ["https://example.com", "wss://example.com/trpc"],
  ["ws://example.com/base", "ws://example.com/base/trpc"],
  ["wss://example.com/base/path/?a=b#part", "wss://example.com/base/path/trpc?a=b"],
  ["http://[::1]:3030", "ws://[::1]:3030/trpc"],
])("%s is served at %s", (url, expected) => {
  expect(socketUrl(url)).toBe(expected);
  expect(socketUrl(new URL(url))).toBe(expected);
});

test.each(["", "localhost:3030", "127.0.0.1:3030", "/trpc", "ftp://example.com"])(
  "the url %j is refused",
  (url) => {
    expect(() => createClient({ url })).toThrow(TypeError);
    expect(() => createClient({ url })).toThrow(`url is "${url}"`);
  },
);

test.each([
  [{ backoff: { baseMs: 0 } }, "backoff.baseMs is 0"],
  [{ keepAlive: { intervalMs: -1 } }, "keepAlive.intervalMs is -1"],
  [{ maxBuffered: { events: Number.NaN } }, "maxBuffered.events is NaN"],
])("the options %j are refused", (options, message) => {
  expect(() => createClient({ url: "http://localhost", ...options })).toThrow(message);
});

test("ws and http urls reach the same server", async () => {
  await using server = await startTestServer();
  for (const url of [server.url, server.url.replace("http:", "ws:"), new URL(server.url)]) {
    await using client = createClient({ url });
    await client.produce.mutate({ topic: "a", data: 1 });
  }
  expect((await server.broker.topics.get("a")).count).toBe(3);
});

test("wss and https urls connect with TLS", async () => {
  // Node takes no other authority at run time.
  vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
  const tls = createServer(certificate);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    tls.close();
  });
  await new Promise<void>((resolve) => tls.listen(0, "127.0.0.1", resolve));
  await using server = await startTestServer({ server: tls as unknown as Server });
  const { port } = tls.address() as AddressInfo;
  for (const protocol of ["https", "wss"]) {
    await using client = createClient({ url: `${protocol}://127.0.0.1:${port}` });
    await client.produce.mutate({ topic: "a", data: 1 });
  }
  expect((await server.broker.topics.get("a")).count).toBe(2);
});
