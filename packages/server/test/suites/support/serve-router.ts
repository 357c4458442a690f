import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { AnyTRPCRouter, TRPCError } from "@trpc/server";
import type { WSSHandlerOptions } from "@trpc/server/adapters/ws";
import { onTestFinished } from "vitest";
import { WebSocketServer, type ServerOptions } from "ws";
import type { Adapter } from "./adapter.js";

/** What `onError` was told. */
export interface ReportedError {
  readonly error: TRPCError;
  readonly type: string;
  readonly path: string | undefined;
  readonly input: unknown;
  readonly ctx: unknown;
  /** The `upgrade` header of the request that it came with. */
  readonly upgrade: string | undefined;
}

/** A router that an adapter serves. */
export interface ServedRouter {
  /** Such as `ws://127.0.0.1:41234`. */
  readonly url: string;
  readonly wss: WebSocketServer;
  readonly errors: ReportedError[];
  readonly reconnect: () => void;
}

type Options<R extends AnyTRPCRouter> = Omit<WSSHandlerOptions<R>, "wss"> & {
  readonly router: R;
  readonly wsOptions?: ServerOptions;
};

/** Serves a router on a free port until the test has finished, and keeps what `onError` is told. */
export async function serveRouter<R extends AnyTRPCRouter>(
  adapter: Adapter,
  { wsOptions, ...options }: Options<R>,
): Promise<ServedRouter> {
  const server = createServer();
  const wss = new WebSocketServer({ server, ...wsOptions });
  const errors: ReportedError[] = [];
  const { broadcastReconnectNotification } = adapter.applyWSSHandler<R>({
    onError: ({ error, type, path, input, ctx, req }) => {
      errors.push({ error, type, path, input, ctx, upgrade: req.headers.upgrade });
    },
    ...options,
    wss,
  } as WSSHandlerOptions<R>);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of wss.clients) socket.terminate();
    wss.close();
    server.close();
    server.closeAllConnections();
  });
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, wss, errors, reconnect: broadcastReconnectNotification };
}
