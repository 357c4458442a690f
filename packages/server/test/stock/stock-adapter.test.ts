import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createHTTPHandler } from "@trpc/server/adapters/standalone";
import { applyWSSHandler } from "@trpc/server/adapters/ws";
import { onTestFinished } from "vitest";
import { WebSocketServer } from "ws";
import { createBroker } from "../../src/create-broker.js";
import { createRouter } from "../../src/router/create-router.js";
import { stockClientSuite } from "../suites/stock-client-suite.js";

stockClientSuite("tRPC's own adapters", async (options = {}) => {
  const broker = await createBroker(options);
  const router = createRouter(broker);
  const createContext = (): object => ({});
  const server = createServer(createHTTPHandler({ router, basePath: "/trpc/", createContext }));
  const wss = new WebSocketServer({ server, path: "/trpc" });
  applyWSSHandler({ wss, router, createContext });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    for (const client of wss.clients) client.terminate();
    wss.close();
    server.close();
    server.closeAllConnections();
    await broker.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, broker };
});
