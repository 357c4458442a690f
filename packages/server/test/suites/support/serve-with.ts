import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createHTTPHandler } from "@trpc/server/adapters/standalone";
import { onTestFinished } from "vitest";
import { WebSocketServer } from "ws";
import { createBroker } from "../../../src/create-broker.js";
import { createRouter } from "../../../src/router/create-router.js";
import type { Serve } from "../serve.js";
import type { Adapter } from "./adapter.js";

/** Serves our router as an app would that does without `startServer`. */
export function serveWith(adapter: Adapter): Serve {
  return async (options = {}) => {
    const broker = await createBroker(options);
    const router = createRouter(broker);
    const createContext = (): object => ({});
    const server = createServer(createHTTPHandler({ router, basePath: "/trpc/", createContext }));
    const wss = new WebSocketServer({ server, path: "/trpc" });
    adapter.applyWSSHandler({ wss, router, createContext });
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
  };
}
