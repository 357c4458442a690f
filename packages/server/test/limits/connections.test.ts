import { once } from "node:events";
import type { Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { z } from "zod";
import { defineTopics } from "../../src/topics/index.js";
import { ANSWERED_SURPLUS } from "../../src/transport/connection-limit.js";
import { call, get, openPlain, openStream, refusedUpgrade } from "../support/plain.js";
import { rawConnection, upgradeHead } from "../support/raw-http.js";
import { serve } from "../support/serve.js";
import { failureOf, stockSocketClient } from "../support/stock-client.js";
import { until } from "../support/until.js";
import { certificate } from "../../../client/test/support/certificate.js";

describe.each(["connections", "connectionsPerAddress"] as const)("past limits.%s", (name) => {
  it("requests and upgrades are refused with the limit, and the others are served", async () => {
    const { url, broker } = await serve({ limits: { [name]: 2 } });
    const [socket] = [await openPlain(url, "/subscribe/t"), await openStream(url, "/subscribe/t")];
    const refusal = { status: 429, body: { code: "LIMIT_EXCEEDED", limit: 2 } };
    expect(await get(`${url}/topics`)).toMatchObject({ ...refusal, headers: { connection: "close" } });
    expect(await refusedUpgrade(url, "/trpc")).toMatchObject(refusal);
    expect(await refusedUpgrade(url, "/subscribe/t")).toMatchObject(refusal);
    await broker.produce({ topic: "t", data: 1 });
    await socket.reach(1);
    socket.socket.close();
    await until(async () => (await get(`${url}/topics`)).status === 200, "there is room again");
  });
});

it("cuts what comes in a flood of connections, and holds no more of them", async () => {
  const { url } = await serve({ limits: { connections: 10 } });
  const healthy = await openPlain(url, "/subscribe/t");
  const flood = await Promise.all(Array.from({ length: 300 }, () => rawConnection(url)));
  const open = (): number => flood.filter(({ isClosed }) => !isClosed).length;
  await until(() => open() <= 9 + ANSWERED_SURPLUS, "the rest is cut");
  for (const { socket } of flood) socket.destroy();
  expect(healthy.closed).toBeUndefined();
  await until(async () => {
    try {
      return (await get(`${url}/healthz`)).status === 200;
    } catch {
      return false;
    }
  }, "there is room again");
});

it("counts the connections of a server that the app attached to", async () => {
  const { createServer } = await import("node:http");
  const app = createServer();
  const server = await serve({ server: app, limits: { connections: 1 } });
  app.listen(0, "127.0.0.1");
  await once(app, "listening");
  onTestFinished(() => void app.close());
  await openPlain(server.url, "/subscribe/t");
  expect(await refusedUpgrade(server.url, "/trpc")).toMatchObject({ status: 429 });
});

it("refuses over TLS too, and gives up handshakes that take too long", async () => {
  const { url } = await serve({ tls: certificate, limits: { connections: 1, handshakeMs: 200 } });
  const port = Number(new URL(url).port);
  const open = async (): Promise<Socket> => {
    const socket = connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false });
    onTestFinished(() => void socket.destroy());
    await once(socket, "secureConnect");
    return socket;
  };
  await open();
  const second = await open();
  let text = "";
  second.on("data", (chunk: Buffer) => (text += chunk.toString()));
  second.write("GET /topics HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await until(() => text.startsWith("HTTP/1.1 429 ") && text.includes("LIMIT_EXCEEDED"), "it is refused");
  const silent = await rawConnection(`http://127.0.0.1:${port}`);
  await silent.closed();
});

describe("a connection", () => {
  it("may have so many subscriptions, and no more until one ends", async () => {
    const { url } = await serve({ limits: { subscriptionsPerConnection: 2 } });
    const { trpc } = stockSocketClient(url);
    const subscribe = (topic: string): { state: string; stop: () => void; error?: unknown } => {
      const one: { state: string; stop: () => void; error?: unknown } = { state: "", stop: () => undefined };
      const subscription = trpc.subscribe.subscribe(
        { topic },
        { onStarted: () => (one.state = "started"), onError: (error) => (one.error = error) },
      );
      one.stop = () => subscription.unsubscribe();
      return one;
    };
    const [first, second] = [subscribe("a"), subscribe("b")];
    await until(() => first.state === "started" && second.state === "started", "two have started");
    const third = subscribe("c");
    await until(() => third.error !== undefined, "the third is refused");
    expect((third.error as { data: object }).data).toMatchObject({
      code: "TOO_MANY_REQUESTS",
      rtmsg: { code: "LIMIT_EXCEEDED", limit: 2 },
    });
    first.stop();
    const fourth = subscribe("d");
    await until(() => fourth.state === "started", "there is room again");
  });

  it("may have so many calls under way, on a WebSocket and over HTTP", async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let begun = 0;
    const slow = z.number().refine(async () => {
      begun++;
      await held;
      return true;
    });
    const { url } = await serve({ limits: { requestsPerConnection: 2 }, topics: defineTopics({ slow }) });
    const { trpc } = stockSocketClient(url);
    const calls = [1, 2, 3].map((data) => trpc.produce.mutate({ topic: "slow", data }));
    expect(await failureOf(calls[2] as Promise<unknown>)).toMatchObject({ code: "LIMIT_EXCEEDED", limit: 2 });
    const raw = await rawConnection(url);
    const head = "POST /produce/slow HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\n1";
    raw.write(head.repeat(3));
    await until(() => begun === 4, "two of each are under way");
    release();
    await raw.receive(/200 OK[^]*200 OK[^]*429 Too Many Requests[^]*LIMIT_EXCEEDED/);
    await Promise.all(calls.slice(0, 2));
    await trpc.produce.mutate({ topic: "slow", data: 4 });
  });

  it("that announces connection params has so long to send them", async () => {
    const { url } = await serve({ limits: { handshakeMs: 50 } });
    const socket = await openPlain(url, "/trpc?connectionParams=1");
    expect(await socket.end()).toEqual({ code: 4_400, reason: "INPUT_INVALID" });
  });

  it("that does not answer a ping is cut, and one that does is not", async () => {
    const { url } = await serve({ limits: { pingMs: 50, pongMs: 50 } });
    const answering = await openPlain(url, "/subscribe/t");
    const silent = new WebSocket(`${url.replace("http", "ws")}/subscribe/t`, { autoPong: false });
    onTestFinished(() => silent.terminate());
    const [code] = (await once(silent, "close")) as [number];
    expect(code).toBe(1_006);
    expect(answering.closed).toBeUndefined();
  });
});

it("counts every refusal by its code", async () => {
  const limits = {
    connections: 2,
    frameBytes: 500,
    requestHeadBytes: 2_000,
    subscriptionsPerConnection: 1,
    callsPerBatch: 2,
    handshakeMs: 50,
  };
  const server = await serve({ limits });
  const { url } = server;
  const counted = async (code: string): Promise<number> => {
    const { text } = await server.metrics();
    return Number(new RegExp(`^rtmsg_refusals_total\\{code="${code}"\\} (\\d+)$`, "m").exec(text)?.[1] ?? 0);
  };
  const isCounted = (code: string, count: number): Promise<void> =>
    until(async () => (await counted(code)) === count, `${count} of ${code} are counted`);

  await call("POST", `${url}/produce/t`, JSON.stringify("x".repeat(500)));
  await isCounted("EVENT_TOO_LARGE", 1);
  for (const path of ["/trpc", "/subscribe/t"]) {
    const large = await openPlain(url, path);
    large.socket.send("x".repeat(501));
    await large.end();
  }
  await isCounted("EVENT_TOO_LARGE", 3);
  await get(`${url}/healthz`, { "x-long": "a".repeat(2_000) });
  await isCounted("INPUT_INVALID", 1);
  await (await openPlain(url, "/trpc?connectionParams=1")).end();
  await isCounted("INPUT_INVALID", 2);
  const socket = await openPlain(url, "/trpc");
  const subscribe = (id: number): object => ({
    id,
    method: "subscription",
    params: { path: "subscribe", input: { json: { topic: "t" } } },
  });
  socket.socket.send(JSON.stringify([subscribe(1), subscribe(2)]));
  await isCounted("LIMIT_EXCEEDED", 1);
  socket.socket.send(JSON.stringify([subscribe(3), subscribe(4), subscribe(5)]));
  await isCounted("LIMIT_EXCEEDED", 2);
  await openPlain(url, "/subscribe/t");
  await refusedUpgrade(url, "/trpc");
  await isCounted("LIMIT_EXCEEDED", 3);
});

describe("an HTTP request", () => {
  it("has so long for its head, for all of it, and for the next one", async () => {
    const { url } = await serve({ limits: { headMs: 200, requestMs: 400, idleMs: 100 } });
    const [silent, head, body] = [
      await rawConnection(url),
      await rawConnection(url),
      await rawConnection(url),
    ];
    head.write(upgradeHead("/trpc").slice(0, -2));
    body.write("POST /produce/t HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n1");
    for (const slow of [silent, head, body]) {
      await slow.receive(/^HTTP\/1\.1 408 [^]*INPUT_INVALID/);
      await slow.closed();
    }
    const idle = await rawConnection(url);
    idle.write("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await idle.receive(/200 OK/);
    await idle.closed();
  });

  it("has so many bytes for its head", async () => {
    const { url } = await serve({ limits: { requestHeadBytes: 2_000 } });
    expect((await get(`${url}/healthz`, { "x-long": "a".repeat(1_000) })).status).toBe(200);
    const answer = await get(`${url}/healthz`, { "x-long": "a".repeat(2_000) });
    expect(answer).toMatchObject({ status: 431, body: { code: "INPUT_INVALID" } });
  });

  it("may be as large as limits.frameBytes, as a WebSocket's message may", async () => {
    const { url } = await serve({ limits: { frameBytes: 500 } });
    const json = { "content-type": "application/json" };
    const answer = await call("POST", `${url}/produce/t`, JSON.stringify("x".repeat(500)), json);
    expect(answer).toMatchObject({ status: 413, body: { code: "EVENT_TOO_LARGE", limit: 500 } });
    const socket = await openPlain(url, "/trpc");
    socket.socket.send("x".repeat(501));
    expect((await socket.end()).code).toBe(1_009);
  });
});
