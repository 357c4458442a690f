import { applyWSSHandler } from "@rtmsg/server";
import { createHTTPHandler } from "@trpc/server/adapters/standalone";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";
import { appRouter, broker } from "./router.js";

/** Starts the app's server: its procedures and the broker's, over HTTP and over one WebSocket. */
export async function startApp(port: number): Promise<{ readonly url: string } & AsyncDisposable> {
  const server = createServer(createHTTPHandler({ router: appRouter, basePath: "/trpc/" }));
  const wss = new WebSocketServer({ server, path: "/trpc" });
  // In place of tRPC's own, with the same options: the broker's events then cost a write each.
  const sockets = applyWSSHandler({ wss, router: appRouter });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/trpc`,
    async [Symbol.asyncDispose]() {
      sockets.broadcastReconnectNotification();
      for (const client of wss.clients) client.terminate();
      wss.close();
      server.close();
      server.closeAllConnections();
      await broker.close();
    },
  };
}
