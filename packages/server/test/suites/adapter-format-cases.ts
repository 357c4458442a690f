import { createTRPCClient, createWSClient, wsLink, type WebSocketClientOptions } from "@trpc/client";
import { initTRPC, tracked, TRPCError, type TRPCDataTransformer } from "@trpc/server";
import superjson from "superjson";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { until } from "../support/until.js";
import type { Adapter } from "./support/adapter.js";
import { ownFormat } from "./support/own-format.js";
import { rawClient } from "./support/raw-client.js";
import { serveRouter } from "./support/serve-router.js";

const binaryEncoder = {
  encode: (data: unknown) => new Uint8Array(Buffer.from(JSON.stringify(data))),
  decode: (data: string | ArrayBuffer | Uint8Array): unknown => {
    if (typeof data === "string") throw new Error("This is text");
    return JSON.parse(Buffer.from(data as Uint8Array).toString());
  },
};

// eslint-disable-next-line typescript/explicit-function-return-type
function makeRouter(options: object) {
  const t = initTRPC.create(options as { transformer: TRPCDataTransformer });
  return t.router({
    echo: t.procedure.input((input): unknown => input).mutation(({ input }) => input),
    fail: t.procedure.query((): string => {
      throw new TRPCError({ code: "CONFLICT", message: "Failed", cause: new Error("why") });
    }),
    echoes: t.procedure
      .input((input) => input as { readonly value: unknown })
      .subscription(async function* echoes({ input }) {
        yield await Promise.resolve(tracked("1", input.value));
        yield tracked("2", [input.value]);
        throw new TRPCError({ code: "CONFLICT", message: "Ended badly" });
      }),
  });
}

type Router = ReturnType<typeof makeRouter>;

// eslint-disable-next-line typescript/explicit-function-return-type
function connect(
  url: string,
  transformer: TRPCDataTransformer | undefined,
  options: Partial<WebSocketClientOptions> = {},
) {
  const client = createWSClient({
    url,
    WebSocket: WebSocket as unknown as typeof globalThis.WebSocket,
    retryDelayMs: () => 5,
    ...options,
  });
  onTestFinished(() => client.close());
  const link = { client, ...(transformer !== undefined && { transformer }) };
  return createTRPCClient<Router>({ links: [wsLink(link as Parameters<typeof wsLink<Router>>[0])] });
}

const plain = { text: "ü \u2028", list: [1, null, { deep: true }] };
const special = { at: new Date(7), big: 2n ** 70n, map: new Map([[{ a: 1 }, new Set([undefined])]]) };

export function adapterFormatCases(adapter: Adapter): void {
  describe.each([
    ["no transformer", undefined, undefined, plain],
    ["superjson", superjson, undefined, special],
    ["superjson for each way", { input: superjson, output: superjson }, undefined, special],
    ["another transformer", ownFormat, undefined, special],
    ["another for each way", { input: ownFormat, output: superjson }, undefined, special],
    ["an encoder", undefined, binaryEncoder, plain],
    ["an encoder and superjson", superjson, binaryEncoder, special],
  ] as const)("with %s", (_, transformer, experimental_encoder, value) => {
    it("values come and go as they are, and errors are understood", async () => {
      const router = makeRouter({ ...(transformer !== undefined && { transformer }) });
      const encoder = { ...(experimental_encoder !== undefined && { experimental_encoder }) };
      const { url, reconnect } = await serveRouter(adapter, { router, ...encoder });
      let opened = 0;
      const trpc = connect(url, transformer as TRPCDataTransformer | undefined, {
        ...encoder,
        onOpen: () => opened++,
      });
      for (const one of [value, [value, value], "", 0, null, undefined, false]) {
        if (one !== undefined || transformer !== undefined) expect(await trpc.echo.mutate(one)).toEqual(one);
      }
      await expect(trpc.fail.query()).rejects.toMatchObject({
        message: "Failed",
        shape: { code: -32_009, data: { code: "CONFLICT", path: "fail" } },
      });
      const items: unknown[] = [];
      const error = await new Promise((resolve) => {
        trpc.echoes.subscribe({ value }, { onData: (item) => items.push(item), onError: resolve });
      });
      expect(items).toEqual([
        { id: "1", data: value },
        { id: "2", data: [value] },
      ]);
      expect(error).toMatchObject({ message: "Ended badly", data: { code: "CONFLICT" } });
      reconnect();
      await until(() => opened === 2, "it has connected again");
      expect(await trpc.echo.mutate(value)).toEqual(value);
    });
  });

  it("with an encoder, words stay text and messages of the other kind are refused", async () => {
    const router = makeRouter({});
    const { url } = await serveRouter(adapter, { router, experimental_encoder: binaryEncoder });
    const client = await rawClient(url);
    client.socket.send("PING");
    await until(() => client.words.length === 1, "the word is answered");
    client.call(1, "query", "fail");
    await until(() => client.binaries.length === 1, "it is answered");
    expect(JSON.parse(client.binaries[0]?.toString() ?? "")).toMatchObject({
      id: null,
      error: { data: { code: "PARSE_ERROR" } },
    });
  });

  describe("an error formatter", () => {
    it("makes the shape, and is told what about", async () => {
      const told: unknown[] = [];
      const t = initTRPC.context<{ user: string }>().create({
        errorFormatter: ({ shape, error, type, path, input, ctx }) => {
          told.push([error.code, type, path, input, ctx]);
          return { ...shape, message: "Formatted", data: { mine: true } };
        },
      });
      const router = t.router({
        refuse: t.procedure
          .input((input) => input)
          .query((): void => {
            throw new TRPCError({ code: "FORBIDDEN" });
          }),
      });
      const { url } = await serveRouter(adapter, { router, createContext: () => ({ user: "ada" }) });
      const client = await rawClient(url);
      client.call(1, "query", "refuse", { input: 5 });
      expect(await client.reach(1)).toEqual([
        { id: 1, error: { message: "Formatted", code: -32_003, data: { mine: true } } },
      ]);
      client.socket.send("{");
      expect(await client.reach(null)).toMatchObject([{ error: { message: "Formatted" } }]);
      expect(told).toEqual([
        ["FORBIDDEN", "query", "refuse", 5, { user: "ada" }],
        ["PARSE_ERROR", "unknown", undefined, undefined, { user: "ada" }],
      ]);
    });

    it.each([
      [
        "throws",
        (): never => {
          throw new Error("formatter failed");
        },
      ],
      [
        "makes a shape that cannot be encoded",
        ({ shape }: { shape: object }): object => ({ ...shape, big: 1n }),
      ],
    ])("that %s is reported, and the client gets an error that says nothing", async (_, errorFormatter) => {
      const t = initTRPC.create({ errorFormatter: errorFormatter as () => never });
      const router = t.router({
        ping: t.procedure.query(() => "pong"),
        refuse: t.procedure.query((): void => {
          throw new Error("a secret");
        }),
        ends: t.procedure.subscription(async function* ends() {
          yield await Promise.resolve(1);
          throw new Error("a secret");
        }),
      });
      const { url, errors } = await serveRouter(adapter, { router });
      const client = await rawClient(url);
      const fallback = { code: -32_603, message: "Internal server error" };
      client.call(1, "query", "refuse");
      expect(await client.reach(1)).toMatchObject([{ error: fallback }]);
      client.call(2, "subscription", "ends");
      await client.reach(2, 3);
      expect(client.to(2)[2]).toMatchObject({ error: fallback });
      client.socket.send("{");
      expect(await client.reach(null)).toMatchObject([{ error: fallback }]);
      expect(JSON.stringify(client.replies)).not.toContain("secret");
      expect(errors.map(({ error }) => error.message)).toContain("a secret");
      expect(errors.length).toBeGreaterThanOrEqual(3);
      await client.settled();
    });
  });

  it("with a transformer that fails, every call fails and nothing else does", async () => {
    const broken: TRPCDataTransformer = {
      serialize: () => {
        throw new Error("cannot serialize");
      },
      deserialize: (value: unknown) => {
        if (value === "bad") throw new Error("cannot deserialize");
        return value;
      },
    };
    const router = makeRouter({ transformer: broken });
    const { url, errors, wss } = await serveRouter(adapter, { router });
    const client = await rawClient(url);
    client.call(1, "mutation", "echo", { input: "x" });
    client.call(2, "subscription", "echoes", { input: { value: 1 } });
    client.call(3, "mutation", "echo", { input: "bad" });
    client.socket.send("PING");
    await until(() => client.words.length === 1 && errors.length >= 2, "it lives");
    expect(errors.map(({ error }) => error.message)).toContain("cannot serialize");
    expect(wss.clients.size).toBe(1);
  });

  it("with an encoder that fails, the process goes on", async () => {
    const experimental_encoder = {
      encode: (): string => {
        throw new Error("cannot encode");
      },
      decode: (text: unknown): unknown => JSON.parse(String(text)),
    };
    const router = makeRouter({});
    const { url, errors } = await serveRouter(adapter, { router, experimental_encoder });
    const client = await rawClient(url);
    client.call(1, "mutation", "echo", { input: "x" });
    client.call(2, "subscription", "echoes", { input: { value: 1 } });
    client.stop(2);
    client.socket.send("{");
    client.socket.send("PING");
    await until(() => client.words.length === 1 && errors.length >= 2, "it lives");
    expect(errors.map(({ error }) => error.message)).toContain("cannot encode");
  });
}
