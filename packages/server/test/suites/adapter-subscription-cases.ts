import { initTRPC, tracked, TRPCError } from "@trpc/server";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { until } from "../support/until.js";
import type { Adapter } from "./support/adapter.js";
import { observed } from "./support/observed.js";
import { rawClient } from "./support/raw-client.js";
import { Script } from "./support/script.js";
import { serveRouter } from "./support/serve-router.js";

const t = initTRPC.create();
const { procedure } = t;
const ping = procedure.query(() => "pong");

const started = (id: number): object => ({ id, result: { type: "started" } });
const stopped = (id: number): object => ({ id, result: { type: "stopped" } });
const data = (id: number, value: unknown): object => ({ id, result: { type: "data", data: value } });

export function adapterSubscriptionCases(adapter: Adapter): void {
  describe("a subscription", () => {
    it("to an async iterable starts, brings each value, and stops when it completes", async () => {
      const router = t.router({
        count: procedure.input(z.number()).subscription(async function* count({ input }) {
          for (let number = 1; number <= input; number++) yield await Promise.resolve(number);
        }),
      });
      const { url, errors } = await serveRouter(adapter, { router });
      const client = await rawClient(url);
      client.call(1, "subscription", "count", { input: 3 });
      client.call(2, "subscription", "count", { input: 0 });
      expect(await client.ended(1)).toEqual([started(1), data(1, 1), data(1, 2), data(1, 3), stopped(1)]);
      expect(await client.ended(2)).toEqual([started(2), stopped(2)]);
      expect(errors).toEqual([]);
    });

    it("to an observable brings what it emits, and its error or its end", async () => {
      const teardowns: string[] = [];
      const router = t.router({
        emit: procedure.input(z.string()).subscription(({ input }) =>
          observed<string>((observer) => {
            observer.next(`${input} 1`);
            setTimeout(() => {
              observer.next(`${input} 2`);
              if (input === "failing")
                observer.error(new TRPCError({ code: "CONFLICT", message: "No more" }));
              else observer.complete();
            }, 1);
            return () => void teardowns.push(input);
          }),
        ),
      });
      const { url, errors } = await serveRouter(adapter, { router });
      const client = await rawClient(url);
      client.call(1, "subscription", "emit", { input: "failing" });
      client.call(2, "subscription", "emit", { input: "ending" });
      await client.ended(1);
      expect(client.to(1).slice(0, 4)).toMatchObject([
        started(1),
        data(1, "failing 1"),
        data(1, "failing 2"),
        { error: { message: "No more", data: { code: "CONFLICT", path: "emit" } } },
      ]);
      expect(await client.ended(2)).toEqual([
        started(2),
        data(2, "ending 1"),
        data(2, "ending 2"),
        stopped(2),
      ]);
      expect(errors).toMatchObject([{ path: "emit", type: "subscription", input: "failing" }]);
      await until(() => teardowns.length === 2, "both are torn down");
    });

    it("carries tracked events, and starts after the last one when asked to", async () => {
      const router = t.router({
        from: procedure
          .input(z.object({ lastEventId: z.string().optional() }).optional())
          .subscription(async function* from({ input }) {
            for (let number = Number(input?.lastEventId ?? 0) + 1; number <= 3; number++) {
              yield await Promise.resolve(tracked(String(number), { number }));
            }
          }),
        text: procedure.input(z.string()).subscription(async function* text({ input }) {
          yield await Promise.resolve(input);
        }),
      });
      const { url } = await serveRouter(adapter, { router });
      const client = await rawClient(url);
      const item = (id: number, number: number): object => ({
        id,
        result: { type: "data", id: String(number), data: { id: String(number), data: { number } } },
      });
      client.call(1, "subscription", "from", { lastEventId: "1" });
      client.call(2, "subscription", "from", { input: { lastEventId: "0" }, lastEventId: "2" });
      client.call(3, "subscription", "text", { input: "stays", lastEventId: "2" });
      expect(await client.ended(1)).toEqual([started(1), item(1, 2), item(1, 3), stopped(1)]);
      expect(await client.ended(2)).toEqual([started(2), item(2, 3), stopped(2)]);
      expect(await client.ended(3)).toEqual([started(3), data(3, "stays"), stopped(3)]);
    });

    it("gets jsonrpc back in all its messages when it sends it", async () => {
      const router = t.router({
        one: procedure.subscription(async function* one() {
          yield await Promise.resolve(1);
        }),
      });
      const client = await rawClient((await serveRouter(adapter, { router })).url);
      client.send({ id: 1, jsonrpc: "2.0", method: "subscription", params: { path: "one" } });
      expect(await client.ended(1)).toMatchObject([
        { jsonrpc: "2.0", result: { type: "started" } },
        { jsonrpc: "2.0", result: { type: "data" } },
        { jsonrpc: "2.0", result: { type: "stopped" } },
      ]);
    });

    it("under an id in use is refused; the first goes on, and its id can be used again after it", async () => {
      const scripts = [new Script<number>(), new Script<number>()];
      let calls = 0;
      const router = t.router({
        ping,
        script: procedure.subscription(() => scripts[calls++] as AsyncIterable<number>),
      });
      const { url, errors } = await serveRouter(adapter, { router });
      const client = await rawClient(url);
      client.call(1, "subscription", "script");
      client.call(1, "subscription", "script");
      await client.reach(1, 2);
      expect(client.to(1)).toMatchObject(
        expect.arrayContaining([
          expect.objectContaining({
            error: expect.objectContaining({ message: "Duplicate id 1" }) as object,
          }),
        ]) as object[],
      );
      expect(errors).toMatchObject([{ error: { code: "BAD_REQUEST" }, path: "script" }]);
      expect(calls).toBe(1);
      client.call(1, "query", "ping");
      scripts[0]?.push(1);
      await client.reach(1, 4);
      expect(new Set(client.dataOf(1))).toEqual(new Set([1, "pong"]));
      client.stop(1);
      await until(() => client.to(1).some(({ result }) => result?.type === "stopped"), "it has stopped");
      client.call(1, "subscription", "script");
      scripts[1]?.push(2);
      await until(() => client.dataOf(1).length === 3, "the second is there");
      expect(client.dataOf(1).at(-1)).toBe(2);
    });

    it("fails when the procedure does, or returns nothing to subscribe to", async () => {
      const router = t.router({
        nothing: procedure.subscription(() => 1 as unknown as AsyncIterable<number>),
        failing: procedure.subscription((): AsyncIterable<number> => {
          throw new TRPCError({ code: "FORBIDDEN", message: "Not you" });
        }),
        broken: procedure.subscription((): AsyncIterable<number> => ({
          [Symbol.asyncIterator]: () => {
            throw new Error("broken");
          },
        })),
      });
      const { url, errors } = await serveRouter(adapter, { router });
      const client = await rawClient(url);
      for (const [id, path] of ["nothing", "failing", "broken"].entries()) {
        client.call(id, "subscription", path);
        await client.ended(id);
      }
      expect(client.to(0)).toMatchObject([
        { error: { message: "Subscription nothing did not return an observable or a AsyncGenerator" } },
      ]);
      expect(client.to(1)).toMatchObject([{ error: { message: "Not you", data: { code: "FORBIDDEN" } } }]);
      expect(client.to(2).some(({ error }) => error?.message === "broken")).toBe(true);
      expect(errors.map(({ path }) => path)).toEqual(["nothing", "failing", "broken"]);
    });

    it("fails when a value cannot be encoded, and is cleaned up", async () => {
      const script = new Script<unknown>();
      const router = t.router({ ping, script: procedure.subscription(() => script) });
      const { url, errors } = await serveRouter(adapter, { router });
      const client = await rawClient(url);
      client.call(1, "subscription", "script");
      script.push(1);
      script.push(1n);
      await client.ended(1);
      expect(client.to(1).slice(0, 3)).toMatchObject([
        started(1),
        data(1, 1),
        { error: { data: { code: "INTERNAL_SERVER_ERROR", path: "script" } } },
      ]);
      expect(script.returns).toBe(1);
      expect(errors).toMatchObject([{ path: "script" }]);
      await client.settled();
    });

    it("fails when its iteration does, after it is cleaned up", async () => {
      const script = new Script<number>();
      let isAborted: boolean | undefined;
      const router = t.router({
        script: procedure.subscription(({ signal }) => {
          script.onReturn = () => {
            isAborted = signal?.aborted;
            return Promise.resolve();
          };
          return script;
        }),
      });
      const { url, errors } = await serveRouter(adapter, { router });
      const client = await rawClient(url);
      client.call(1, "subscription", "script");
      script.fail(new TRPCError({ code: "NOT_FOUND", message: "Gone" }));
      await client.ended(1);
      expect(client.to(1).slice(0, 2)).toMatchObject([
        started(1),
        { error: { message: "Gone", data: { code: "NOT_FOUND" } } },
      ]);
      expect(script.returns).toBe(1);
      expect(isAborted).toBe(true);
      expect(errors).toMatchObject([{ path: "script", error: { message: "Gone" } }]);
    });

    it("fails when its iteration gives up on its own, though that looks like a stop", async () => {
      const script = new Script<number>();
      const router = t.router({ script: procedure.subscription(() => script) });
      const client = await rawClient((await serveRouter(adapter, { router })).url);
      client.call(1, "subscription", "script");
      const abort = new Error("given up");
      abort.name = "AbortError";
      script.fail(abort);
      await client.reach(1, 2);
      expect(client.to(1)[1]).toMatchObject({ error: { message: "given up" } });
    });
  });
}
