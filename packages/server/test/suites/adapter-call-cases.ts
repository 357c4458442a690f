import { initTRPC, lazy, TRPCError } from "@trpc/server";
import { observable } from "@trpc/server/observable";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { turns, until } from "../support/until.js";
import type { Adapter } from "./support/adapter.js";
import { rawClient, type RawClient } from "./support/raw-client.js";
import { serveRouter, type ServedRouter } from "./support/serve-router.js";

const t = initTRPC.context<{ readonly user?: string }>().create();
const { procedure } = t;

const router = t.router({
  ping: procedure.query(() => "pong"),
  user: procedure.query(({ ctx }) => ctx.user ?? "nobody"),
  double: procedure.input(z.number()).mutation(({ input }) => input * 2),
  batchIndex: procedure
    .use(({ next, batchIndex }) => next({ ctx: { user: String(batchIndex) } }))
    .query(({ ctx }) => ctx.user),
  wait: procedure.input(z.number()).query(async ({ input }) => {
    await new Promise((resolve) => setTimeout(resolve, input));
    return input;
  }),
  refuse: procedure.input(z.object({ as: z.string() })).mutation(({ input }) => {
    if (input.as === "teapot") throw new TRPCError({ code: "CONFLICT", message: "Taken" });
    throw new Error(input.as);
  }),
  circular: procedure.query(() => {
    const value: Record<string, unknown> = {};
    value.self = value;
    return value;
  }),
  iterable: procedure.query(async function* iterable() {
    yield await Promise.resolve(1);
  }),
  observable: procedure.mutation(() => observable<number>(() => undefined)),
  nothing: procedure.mutation(() => undefined),
  nested: { deep: procedure.query(() => "deep") },
  later: lazy(() => Promise.resolve({ router: t.router({ there: procedure.query(() => "late") }) })),
});

/** Whether the server still answers on a connection. */
async function isAnswered(client: RawClient): Promise<boolean> {
  client.call("still there?", "query", "ping");
  return (await client.reach("still there?")).at(-1)?.result?.data === "pong";
}

export function adapterCallCases(adapter: Adapter): void {
  const connect = async (
    options: { maxBatchSize?: number } = {},
  ): Promise<{ client: RawClient; served: ServedRouter }> => {
    const served = await serveRouter(adapter, { router, createContext: () => ({ user: "ada" }), ...options });
    return { served, client: await rawClient(served.url) };
  };

  describe("queries and mutations", () => {
    it("are answered under their id, a number or a text", async () => {
      const { client, served } = await connect();
      client.call(1, "query", "user");
      client.call("a ü", "mutation", "double", { input: 21 });
      client.call(3, "query", "nested.deep");
      client.call(4, "query", "later.there");
      client.call(0, "mutation", "nothing");
      expect(await client.reach(1)).toEqual([{ id: 1, result: { type: "data", data: "ada" } }]);
      expect(await client.reach("a ü")).toEqual([{ id: "a ü", result: { type: "data", data: 42 } }]);
      expect(await client.reach(3)).toMatchObject([{ result: { data: "deep" } }]);
      expect(await client.reach(4)).toMatchObject([{ result: { data: "late" } }]);
      expect(await client.reach(0)).toEqual([{ id: 0, result: { type: "data" } }]);
      expect(served.errors).toEqual([]);
    });

    it("get jsonrpc back when they send it, with results and errors", async () => {
      const { client } = await connect();
      client.send({ id: 1, jsonrpc: "2.0", method: "query", params: { path: "ping" } });
      client.send({ id: 2, jsonrpc: "2.0", method: "query", params: { path: "nope" } });
      client.call(3, "query", "ping");
      expect(await client.reach(1)).toEqual([
        { id: 1, jsonrpc: "2.0", result: { type: "data", data: "pong" } },
      ]);
      expect(await client.reach(2)).toMatchObject([{ jsonrpc: "2.0", error: { code: -32_004 } }]);
      expect((await client.reach(3))[0]).not.toHaveProperty("jsonrpc");
    });

    it("do not wait for one another", async () => {
      const { client } = await connect();
      client.call(1, "query", "wait", { input: 30 });
      client.call(2, "query", "wait", { input: 0 });
      await client.reach(1);
      expect(client.replies.map(({ id }) => id)).toEqual([2, 1]);
    });

    it("fail with a shape of tRPC's, and onError gets to know of what", async () => {
      const { client, served } = await connect();
      client.call(1, "mutation", "refuse", { input: { as: "teapot" } });
      client.call(2, "mutation", "refuse", { input: { as: "a secret" } });
      client.call(3, "mutation", "double", { input: "x" });
      client.call(4, "query", "nope");
      client.call(5, "query", "double", { input: 1 });
      const errors = await Promise.all([1, 2, 3, 4, 5].map(async (id) => (await client.reach(id))[0]?.error));
      expect(errors).toMatchObject([
        {
          message: "Taken",
          code: -32_009,
          data: { code: "CONFLICT", httpStatus: 409, path: "refuse" },
        },
        { message: "a secret", code: -32_603, data: { code: "INTERNAL_SERVER_ERROR", httpStatus: 500 } },
        { code: -32_600, data: { code: "BAD_REQUEST", path: "double" } },
        { code: -32_004, data: { code: "NOT_FOUND", path: "nope" } },
        { code: -32_004, data: { code: "NOT_FOUND", path: "double" } },
      ]);
      expect(served.errors.map(({ error }) => error.code).toSorted()).toEqual([
        "BAD_REQUEST",
        "CONFLICT",
        "INTERNAL_SERVER_ERROR",
        "NOT_FOUND",
        "NOT_FOUND",
      ]);
      expect(served.errors.find(({ error }) => error.code === "CONFLICT")).toMatchObject({
        type: "mutation",
        path: "refuse",
        input: { as: "teapot" },
        ctx: { user: "ada" },
        upgrade: "websocket",
      });
    });

    it("fail when their result cannot be encoded, or is a subscription's", async () => {
      const { client, served } = await connect();
      client.call(1, "query", "circular");
      client.call(2, "query", "iterable");
      client.call(3, "mutation", "observable");
      expect(await client.reach(1)).toMatchObject([{ error: { data: { code: "INTERNAL_SERVER_ERROR" } } }]);
      expect(await client.reach(2)).toMatchObject([{ error: { data: { code: "UNSUPPORTED_MEDIA_TYPE" } } }]);
      expect(await client.reach(3)).toMatchObject([{ error: { data: { code: "UNSUPPORTED_MEDIA_TYPE" } } }]);
      expect(served.errors.map(({ path }) => path)).toEqual(["circular", "iterable", "observable"]);
      expect(await isAnswered(client)).toBe(true);
    });
  });

  describe("batched requests", () => {
    it("are answered one by one, and know their place", async () => {
      const { client } = await connect({ maxBatchSize: 3 });
      client.send([
        { id: 1, method: "query", params: { path: "batchIndex" } },
        { id: 2, method: "query", params: { path: "nope" } },
        { id: 3, method: "query", params: { path: "batchIndex" } },
      ]);
      await until(() => client.replies.length === 3, "all are answered");
      expect(client.to(1)).toMatchObject([{ result: { data: "0" } }]);
      expect(client.to(2)).toMatchObject([{ error: { data: { code: "NOT_FOUND" } } }]);
      expect(client.to(3)).toMatchObject([{ result: { data: "2" } }]);
      client.send([]);
      expect(await isAnswered(client)).toBe(true);
    });

    it("past maxBatchSize are all refused, and reported as one", async () => {
      const { client, served } = await connect({ maxBatchSize: 3 });
      const call = (id: unknown): object => ({ id, method: "mutation", params: { path: "nothing" } });
      client.send([
        call(1),
        { ...call("two"), jsonrpc: "2.0" },
        call(null),
        { id: 4, method: "subscription.stop" },
      ]);
      expect(await client.reach(1)).toMatchObject([
        { error: { message: "Batch call exceeds maximum size", data: { code: "BAD_REQUEST" } } },
      ]);
      expect(await client.reach("two")).toMatchObject([{ jsonrpc: "2.0", error: { code: -32_600 } }]);
      expect(served.errors).toMatchObject([{ error: { code: "BAD_REQUEST" }, type: "unknown" }]);
      expect(await isAnswered(client)).toBe(true);
      expect(client.replies).toHaveLength(3);
      client.send([{}, 1, null, "x"]);
      expect(await client.reach(null)).toMatchObject([{ error: { data: { code: "BAD_REQUEST" } } }]);
    });
  });

  describe("a malformed message", () => {
    it.each([
      ["no JSON", "{"],
      ["an empty text", ""],
      ["a number", "1"],
      ["null", "null"],
      ["a text", '"PING"'],
      ["nothing in it", "{}"],
      ["no params", '{"id":7,"method":"query"}'],
      ["params that are none", '{"id":7,"method":"query","params":[]}'],
      ["a path that is none", '{"id":7,"method":"query","params":{"path":1}}'],
      ["a method that is none", '{"id":7,"method":"constructor","params":{"path":"ping"}}'],
      ["another jsonrpc", '{"id":7,"jsonrpc":"1.0","method":"query","params":{"path":"ping"}}'],
      ["an id that is none", '{"id":{},"method":"query","params":{"path":"ping"}}'],
      ["a lastEventId that is none", '{"id":7,"method":"query","params":{"path":"ping","lastEventId":1}}'],
      ["an array in an array", "[[]]"],
    ])("with %s is answered with an error, and harms nothing", async (_, text) => {
      const { client } = await connect();
      client.socket.send(text);
      await until(() => client.replies.length > 0, "it is answered");
      expect(client.replies).toMatchObject([{ error: { code: -32_700, data: { code: "PARSE_ERROR" } } }]);
      expect([null, 7]).toContain(client.replies[0]?.id);
      expect(await isAnswered(client)).toBe(true);
    });

    it("that is binary is answered with an error where messages are JSON", async () => {
      const { client } = await connect();
      client.socket.send(Buffer.from('{"id":1,"method":"query","params":{"path":"ping"}}'));
      expect(await client.reach(null)).toMatchObject([{ error: { data: { code: "PARSE_ERROR" } } }]);
      expect(await isAnswered(client)).toBe(true);
    });

    it("without an id to answer to is answered to null, and reported", async () => {
      const { client, served } = await connect();
      client.send({ id: null, jsonrpc: "2.0", method: "query", params: { path: "ping" } });
      expect(await client.reach(null)).toMatchObject([
        { id: null, jsonrpc: "2.0", error: { message: "`id` is required", data: { code: "PARSE_ERROR" } } },
      ]);
      expect(served.errors).toMatchObject([{ error: { code: "PARSE_ERROR" }, type: "unknown" }]);
    });

    it("that names a property of every object calls nothing", async () => {
      const { client } = await connect();
      for (const [id, path] of ["constructor", "__proto__", "toString", "nested.__proto__", ""].entries()) {
        client.call(id, "query", path);
        expect(await client.reach(id)).toMatchObject([{ error: { data: { code: "NOT_FOUND" } } }]);
      }
    });
  });

  it("lets an onError fail, at once or later, without harm", async () => {
    let calls = 0;
    const { url } = await serveRouter(adapter, {
      router,
      createContext: () => ({}),
      onError: (): unknown => {
        if (calls++ === 0) throw new Error("at once");
        return Promise.reject(new Error("later"));
      },
    });
    const client = await rawClient(url);
    client.call(1, "query", "nope");
    client.call(2, "query", "nope");
    await client.reach(1);
    await client.reach(2);
    await turns();
    expect(calls).toBe(2);
    expect(await isAnswered(client)).toBe(true);
  });
}
