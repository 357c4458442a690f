import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { initTRPC, TRPCError } from "@trpc/server";
import type { CreateWSSContextFnOptions } from "@trpc/server/adapters/ws";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { turns, until } from "../support/until.js";
import type { Adapter } from "./support/adapter.js";
import { rawClient } from "./support/raw-client.js";
import { Script } from "./support/script.js";
import { serveRouter } from "./support/serve-router.js";

const t = initTRPC.context<{ readonly user?: string | undefined }>().create();
const { procedure } = t;
const router = t.router({
  ping: procedure.query(() => "pong"),
  user: procedure.query(({ ctx }) => ctx.user ?? "nobody"),
});

export function adapterConnectionCases(adapter: Adapter): void {
  describe("the context", () => {
    it("is made once for a connection, from its request", async () => {
      const made: CreateWSSContextFnOptions[] = [];
      const { url } = await serveRouter(adapter, {
        router,
        createContext: (options) => {
          made.push(options);
          return { user: options.req.url };
        },
      });
      const client = await rawClient(`${url}/who?a=b`);
      client.call(1, "query", "user");
      client.call(2, "query", "user");
      expect(await client.reach(2)).toMatchObject([{ result: { data: "/who?a=b" } }]);
      expect(made).toHaveLength(1);
      expect(made[0]?.res).toBeInstanceOf(WebSocket);
      expect(made[0]?.info).toMatchObject({
        connectionParams: null,
        calls: [],
        isBatchCall: false,
        accept: null,
        type: "unknown",
        url: null,
      });
    });

    it("is waited for by the calls that come before it is made, which keep their order", async () => {
      let make: (() => void) | undefined;
      const order: string[] = [];
      const { url } = await serveRouter(adapter, {
        router: t.router({
          note: procedure
            .input((input) => String(input))
            .mutation(({ input, ctx }) => {
              order.push(`${input} ${ctx.user}`);
            }),
        }),
        createContext: async () => {
          await new Promise<void>((resolve) => (make = resolve));
          return { user: "late" };
        },
      });
      const client = await rawClient(url);
      client.call(1, "mutation", "note", { input: "a" });
      client.send([
        { id: 2, method: "mutation", params: { path: "note", input: "b" } },
        { id: 3, method: "mutation", params: { path: "note", input: "c" } },
      ]);
      client.socket.send("PING");
      await until(() => client.words.length === 1, "the connection lives");
      expect(client.replies).toEqual([]);
      make?.();
      await client.reach(3);
      expect(order).toEqual(["a late", "b late", "c late"]);
    });

    it("that comes too late still lets calls be made, but starts no subscription", async () => {
      let make: (() => void) | undefined;
      const made: string[] = [];
      const script = new Script<number>();
      const { url, wss, errors } = await serveRouter(adapter, {
        router: t.router({
          note: procedure.mutation(() => void made.push("note")),
          script: procedure.subscription(() => {
            made.push("script");
            return script;
          }),
        }),
        createContext: async () => {
          await new Promise<void>((resolve) => (make = resolve));
          return {};
        },
      });
      const client = await rawClient(url);
      client.call(1, "subscription", "script");
      client.call(2, "mutation", "note");
      client.socket.send("PING");
      await until(() => client.words.length === 1, "all has arrived");
      client.socket.terminate();
      await until(() => wss.clients.size === 0, "the server has noticed");
      make?.();
      await turns();
      expect(made).toEqual(["note"]);
      expect(errors).toEqual([]);
    });

    it.each([
      [
        "throws",
        (): never => {
          throw new TRPCError({ code: "UNAUTHORIZED", message: "Who are you?" });
        },
      ],
      ["rejects", () => Promise.reject(new TRPCError({ code: "UNAUTHORIZED", message: "Who are you?" }))],
    ])("that %s is an error without an id, and closes the connection", async (_, createContext) => {
      const { url, errors } = await serveRouter(adapter, { router, createContext });
      const client = await rawClient(url);
      client.call(1, "query", "ping");
      await client.end();
      expect(client.to(null)).toMatchObject([
        { error: { message: "Who are you?", data: { code: "UNAUTHORIZED", httpStatus: 401 } } },
      ]);
      expect(errors[0]).toMatchObject({
        error: { code: "UNAUTHORIZED" },
        type: "unknown",
        upgrade: "websocket",
      });
    });

    it("that fails answers the calls that wait for it with the same error", async () => {
      let fail: (() => void) | undefined;
      const { url } = await serveRouter(adapter, {
        router,
        createContext: async () => {
          await new Promise<void>((resolve) => (fail = resolve));
          throw new Error("No such luck");
        },
      });
      const client = await rawClient(url);
      client.call(1, "query", "ping");
      client.call(2, "subscription", "ping");
      client.socket.send("PING");
      await until(() => client.words.length === 1, "all has arrived");
      fail?.();
      await client.end();
      for (const id of [null, 1, 2]) {
        expect(client.to(id)).toMatchObject([{ error: { message: "No such luck" } }]);
      }
    });

    it("has a signal that aborts when the connection closes, whenever it is looked at", async () => {
      const infos: CreateWSSContextFnOptions["info"][] = [];
      const { url, wss } = await serveRouter(adapter, {
        router,
        createContext: ({ info }) => {
          infos.push(info);
          return {};
        },
      });
      const client = await rawClient(url);
      await client.settled();
      const [info] = infos;
      expect(info?.signal.aborted).toBe(false);
      const other = await rawClient(url);
      await other.settled();
      client.socket.close();
      other.socket.close();
      await until(() => wss.clients.size === 0, "both are closed");
      expect(info?.signal.aborted).toBe(true);
      expect(infos[1]?.signal.aborted).toBe(true);
    });
  });

  describe("connection params", () => {
    const createContext = ({ info }: CreateWSSContextFnOptions): { user?: string | undefined } => ({
      user: info.connectionParams?.["user"],
    });

    it("are the first message of a client that announced them", async () => {
      const { url } = await serveRouter(adapter, { router, createContext });
      const client = await rawClient(`${url}/?connectionParams=1`);
      client.send({ method: "connectionParams", data: { user: "ada" } });
      client.call(1, "query", "user");
      expect(await client.reach(1)).toMatchObject([{ result: { data: "ada" } }]);
      const without = await rawClient(`${url}/?x&connectionParams=1`);
      without.send({ method: "connectionParams", data: null });
      without.call(1, "query", "user");
      expect(await without.reach(1)).toMatchObject([{ result: { data: "nobody" } }]);
      const other = await rawClient(`${url}/?connectionParams=0`);
      other.call(1, "query", "user");
      expect(await other.reach(1)).toMatchObject([{ result: { data: "nobody" } }]);
    });

    it.each([
      ["no JSON", "{"],
      ["an array", "[]"],
      ["null", "null"],
      ["a number", "1"],
      ["no data", "{}"],
      ["data that is an array", '{"data":[]}'],
      ["data that is a text", '{"data":"x"}'],
      ["a param that is no text", '{"data":{"user":{}}}'],
      ["a call", '{"id":1,"method":"query","params":{"path":"ping"}}'],
    ])("that are %s are an error without an id, and close the connection", async (_, text) => {
      const { url, errors } = await serveRouter(adapter, { router, createContext });
      const client = await rawClient(`${url}/?connectionParams=1`);
      client.socket.send(text);
      await client.end();
      expect(client.replies).toMatchObject([
        { id: null, error: { code: -32_700, data: { code: "PARSE_ERROR" } } },
      ]);
      expect(errors).toMatchObject([{ error: { code: "PARSE_ERROR" }, type: "unknown" }]);
      const other = await rawClient(url);
      other.call(1, "query", "ping");
      expect(await other.reach(1)).toMatchObject([{ result: { data: "pong" } }]);
    });
  });

  describe("keep-alive", () => {
    it("answers PING with PONG, and PONG with nothing", async () => {
      const { url } = await serveRouter(adapter, { router });
      const client = await rawClient(url);
      client.socket.send("PONG");
      client.socket.send("PING");
      await client.settled();
      expect(client.words).toEqual(["PONG"]);
      expect(client.replies).toHaveLength(1);
    });

    it("answers no PING when it is told not to", async () => {
      const { url } = await serveRouter(adapter, { router, dangerouslyDisablePong: true });
      const client = await rawClient(url);
      client.socket.send("PING");
      await client.settled();
      expect(client.words).toEqual([]);
    });

    it("pings a quiet client, and cuts one that does not answer", async () => {
      const keepAlive = { enabled: true, pingMs: 30, pongWaitMs: 60 };
      const { url, wss } = await serveRouter(adapter, { router, keepAlive });
      const alive = await rawClient(url);
      const dead = await rawClient(url);
      alive.socket.on("message", (message: Buffer) => {
        if (message.toString() === "PING") alive.socket.send("PONG");
      });
      expect(await dead.end()).toMatchObject({ code: 1006 });
      expect(dead.words).toEqual(["PING"]);
      await until(() => alive.words.length >= 4, "the other was pinged again");
      expect(alive.closed).toBeUndefined();
      expect(wss.clients.size).toBe(1);
    });

    it("pings nobody unless it is on", async () => {
      const { url } = await serveRouter(adapter, { router, keepAlive: { enabled: false, pingMs: 1 } });
      const client = await rawClient(url);
      await new Promise((resolve) => setTimeout(resolve, 20));
      await client.settled();
      expect(client.words).toEqual([]);
    });
  });

  describe("a server", () => {
    it("tells its clients to connect again, those that are open", async () => {
      const { url, wss, reconnect } = await serveRouter(adapter, { router });
      const client = await rawClient(url);
      const closing = await rawClient(url);
      closing.socket.pause();
      for (const socket of wss.clients) {
        if (wss.clients.size === 2 && socket !== [...wss.clients][0]) socket.close();
      }
      reconnect();
      await until(() => client.replies.length === 1, "it was told");
      expect(client.replies).toEqual([{ id: null, method: "reconnect" }]);
    });

    it("leaves connections whose URL does not begin with its prefix alone", async () => {
      const { url } = await serveRouter(adapter, { router, prefix: "/api" });
      const client = await rawClient(`${url}/api/x`);
      const stranger = await rawClient(`${url}/other`);
      stranger.call(1, "query", "ping");
      stranger.socket.send("PING");
      await client.settled();
      await turns();
      expect([stranger.words, stranger.replies]).toEqual([[], []]);
    });

    it("survives what is no WebSocket frame, and reports it", async () => {
      const { url, errors } = await serveRouter(adapter, { router, wsOptions: { maxPayload: 100 } });
      const client = await rawClient(url);
      client.socket.send("x".repeat(101));
      expect(await client.end()).toMatchObject({ code: 1009 });
      const other = await rawClient(url);
      (other.socket as unknown as { _socket: { write(bytes: Buffer): void } })._socket.write(
        Buffer.from([0xff, 0xff, 0xff, 0xff]),
      );
      expect(await other.end()).toMatchObject({ code: 1002 });
      expect(errors).toMatchObject([{ type: "unknown" }, { type: "unknown" }]);
      expect(errors[0]?.error.cause).toBeInstanceOf(RangeError);
    });

    it("can be one's own, with a handler of connections", async () => {
      const server = createServer();
      const wss = new WebSocketServer({ server });
      onTestFinished(() => {
        for (const socket of wss.clients) socket.terminate();
        server.close();
      });
      wss.on("connection", adapter.getWSConnectionHandler({ wss, router, createContext: () => ({}) }));
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      const client = await rawClient(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
      await client.settled();
      expect(client.replies).toHaveLength(1);
    });
  });
}
