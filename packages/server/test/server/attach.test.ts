import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import type { RtmsgServer } from "../../src/server.js";
import { startTestServer } from "../../src/testing/index.js";
import { call, get, openPlain, openStream, produce } from "../support/plain.js";
import { rawConnection, upgradeHead } from "../support/raw-http.js";
import { stockSocketClient } from "../support/stock-client.js";
import { until } from "../support/until.js";

async function listen(http: Server): Promise<string> {
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  onTestFinished(() => {
    http.close();
    http.closeAllConnections();
  });
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
}

async function attach(http: Server): Promise<RtmsgServer> {
  const server = await startTestServer({ server: http });
  onTestFinished(() => server.close());
  return server;
}

describe("a broker attached to a server of the app", () => {
  it("answers its own routes, and leaves the others to the app", async () => {
    const http = createServer((request, response) => response.end(`app ${request.url}`));
    const url = await listen(http);
    const server = await attach(http);
    expect(server.url).toBe(url);
    for (const path of ["/", "/app", "/topicsx", "/produce", "/trpcx", "/metrics", "/readyz"]) {
      expect((await get(`${url}${path}`)).text).toBe(`app ${path}`);
    }
    expect((await get(`${url}/healthz`)).body).toMatchObject({ status: "ok" });
    expect((await produce(url, "t", 1)).status).toBe(200);
    const { trpc } = stockSocketClient(url);
    expect(await trpc.history.query({ topic: "t" })).toMatchObject({ events: [{ data: 1 }] });
  });

  it("leaves upgrades of other paths to the app's own WebSocket server", async () => {
    const http = createServer();
    const wss = new WebSocketServer({ server: http, path: "/app" });
    wss.on("connection", (socket) => socket.send("app"));
    const url = await listen(http);
    await attach(http);
    const app = await openPlain(url, "/app");
    expect(await app.reach(1)).toEqual(["app"]);
    const ours = await openPlain(url, "/subscribe/t");
    await produce(url, "t", "event");
    expect(await ours.reach(1)).toEqual(["event"]);
    expect(wss.clients.size).toBe(1);
  });

  it("refuses what nobody serves, so that no connection hangs", async () => {
    const http = createServer();
    const url = await listen(http);
    await attach(http);
    expect(await get(`${url}/nope`)).toMatchObject({ status: 404, body: { code: "INPUT_INVALID" } });
    const raw = await rawConnection(url);
    raw.write(upgradeHead("/nope"));
    await raw.receive(/^HTTP\/1\.1 404 /);
    const unexpected = new WebSocket(`${url.replace("http", "ws")}/app`);
    unexpected.on("error", () => undefined);
    await once(unexpected, "unexpected-response");
  });

  it("leaves requests to an app that listens only after it was attached", async () => {
    const http = createServer();
    const url = await listen(http);
    await attach(http);
    http.on("request", (request, response) => {
      if (request.url === "/app") response.end("app");
    });
    expect((await get(`${url}/app`)).text).toBe("app");
    expect((await get(`${url}/healthz`)).body).toMatchObject({ status: "ok" });
  });

  it("lets go of the server when it closes: the app goes on as if it had never been there", async () => {
    const http = createServer((_, response) => response.end("app"));
    const url = await listen(http);
    const listeners = http.listeners("request");
    const server = await startTestServer({ server: http });
    const socket = await openPlain(url, "/subscribe/t");
    const stream = await openStream(url, "/subscribe/t");
    await server.close();
    expect(await socket.end()).toEqual({ code: 1001, reason: "SHUTTING_DOWN" });
    await until(() => stream.isEnded, "the stream has ended");
    expect(http.listeners("request")).toEqual(listeners);
    expect(http.listenerCount("upgrade")).toBe(0);
    expect(http.listening).toBe(true);
    expect((await get(`${url}/healthz`)).text).toBe("app");
    expect((await call("POST", `${url}/produce/t`, "1")).text).toBe("app");
  });

  it.each([
    ["first", 0],
    ["last", 1],
  ])("can be attached beside another one, and the one that came %s be closed before it", async (_, index) => {
    let appCalls = 0;
    const http = createServer((_request, response) => {
      appCalls++;
      response.end("app");
    });
    const url = await listen(http);
    const listeners = http.listeners("request");
    const servers = [await attach(http), await attach(http)];
    const [gone] = servers.splice(index, 1);
    const [left] = servers;
    // The one that came last answers.
    await produce(url, "t", 1);
    expect((await (index === 1 ? gone : left)?.broker.topics.list())?.topics).toHaveLength(1);
    await gone?.close();
    expect((await produce(url, "t", 2)).body).toMatchObject({ topic: "t" });
    expect((await left?.broker.topics.list())?.topics).toHaveLength(1);
    expect(appCalls).toBe(0);
    expect((await get(`${url}/app`)).text).toBe("app");
    expect(appCalls).toBe(1);
    await left?.close();
    expect((await get(`${url}/healthz`)).text).toBe("app");
    expect(appCalls).toBe(2);
    if (index === 1) expect(http.listeners("request")).toEqual(listeners);
  });
});
