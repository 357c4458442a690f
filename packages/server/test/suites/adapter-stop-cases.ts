import { initTRPC, TRPCError } from "@trpc/server";
import { describe, expect, it } from "vitest";
import { turns, until } from "../support/until.js";
import { collectGarbage } from "./support/collect-garbage.js";
import type { Adapter } from "./support/adapter.js";
import { observed } from "./support/observed.js";
import { rawClient } from "./support/raw-client.js";
import { Script } from "./support/script.js";
import { serveRouter } from "./support/serve-router.js";

const t = initTRPC.create();
const { procedure } = t;
const ping = procedure.query(() => "pong");

/** A promise that a test settles. */
function deferred<T>(): PromiseWithResolvers<T> {
  let resolve!: (value: T | PromiseLike<T>) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

interface PromiseWithResolvers<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T | PromiseLike<T>) => void;
  readonly reject: (reason: unknown) => void;
}

export function adapterStopCases(adapter: Adapter): void {
  describe("a subscription that is stopped", () => {
    it("has its signal aborted and its iterator ended, and says so", async () => {
      const script = new Script<number>();
      let signal: AbortSignal | undefined;
      const router = t.router({
        ping,
        script: procedure.subscription((options) => {
          signal = options.signal;
          return script;
        }),
      });
      const { url, errors } = await serveRouter(adapter, { router });
      const client = await rawClient(url);
      client.call(1, "subscription", "script");
      script.push(1);
      await client.reach(1, 2);
      client.stop(1);
      await client.ended(1);
      script.push(2);
      client.stop(1);
      client.stop("never");
      await client.settled();
      expect(client.to(1).map(({ result }) => result?.type)).toEqual(["started", "data", "stopped"]);
      expect(signal?.aborted).toBe(true);
      expect(script).toMatchObject({ returns: 1, iterators: 1 });
      expect(errors).toEqual([]);
    });

    it("unsubscribes from an observable", async () => {
      let isTornDown = false;
      const router = t.router({
        emit: procedure.subscription(() =>
          observed<number>((observer) => {
            observer.next(1);
            return () => {
              isTornDown = true;
            };
          }),
        ),
      });
      const client = await rawClient((await serveRouter(adapter, { router })).url);
      client.call(1, "subscription", "emit");
      await client.reach(1, 2);
      client.stop(1);
      await client.ended(1);
      expect(isTornDown).toBe(true);
    });

    it("runs a generator's finally, also where it waits for its signal", async () => {
      const steps: string[] = [];
      const router = t.router({
        wait: procedure.subscription(async function* wait({ signal }) {
          try {
            yield 1;
            await new Promise<void>((_, reject) => {
              signal?.addEventListener("abort", () => {
                const error = new Error("aborted");
                error.name = "AbortError";
                reject(error);
              });
            });
          } finally {
            steps.push("finally");
          }
        }),
      });
      const { url, errors } = await serveRouter(adapter, { router });
      const client = await rawClient(url);
      client.call(1, "subscription", "wait");
      await client.reach(1, 2);
      client.stop(1);
      expect((await client.ended(1)).at(-1)).toEqual({ id: 1, result: { type: "stopped" } });
      expect(steps).toEqual(["finally"]);
      expect(errors).toEqual([]);
    });

    it("reports a cleanup that fails, and does not send it", async () => {
      const script = new Script<number>();
      script.onReturn = () => Promise.reject(new Error("cleanup failed"));
      const router = t.router({
        script: procedure.subscription(() => script),
        generator: procedure.subscription(async function* generator({ signal }) {
          try {
            yield 1;
            await new Promise((resolve) => signal?.addEventListener("abort", resolve));
          } finally {
            // oxlint-disable-next-line no-unsafe-finally
            throw new Error("finally failed");
          }
        }),
      });
      const { url, errors } = await serveRouter(adapter, { router });
      const client = await rawClient(url);
      client.call(1, "subscription", "script");
      client.call(2, "subscription", "generator");
      await client.reach(1);
      await client.reach(2, 2);
      client.stop(1);
      client.stop(2);
      expect((await client.ended(1)).at(-1)?.result?.type).toBe("stopped");
      expect((await client.ended(2)).at(-1)?.result?.type).toBe("stopped");
      await turns();
      expect(errors.map(({ error, path }) => `${path}: ${error.message}`).toSorted()).toEqual([
        "generator: finally failed",
        "script: cleanup failed",
      ]);
    });

    it("reports a cleanup that fails after its end, and does not send it", async () => {
      const script = new Script<number>();
      script.onReturn = () => Promise.reject(new Error("cleanup failed"));
      const router = t.router({ script: procedure.subscription(() => script) });
      const { url, errors } = await serveRouter(adapter, { router });
      const client = await rawClient(url);
      client.call(1, "subscription", "script");
      script.end();
      expect((await client.ended(1)).map(({ result }) => result?.type)).toEqual(["started", "stopped"]);
      expect(errors).toMatchObject([{ path: "script", error: { message: "cleanup failed" } }]);
    });

    it("while its procedure is called aborts the call, and iterates nothing", async () => {
      const script = new Script<number>();
      const made: (() => void)[] = [];
      let subscribed = 0;
      const tornDown: boolean[] = [];
      const router = t.router({
        ping,
        script: procedure.subscription(async () => {
          await new Promise<void>((resolve) => made.push(resolve));
          return script;
        }),
        emit: procedure.subscription(async () => {
          await new Promise<void>((resolve) => made.push(resolve));
          return observed<number>(() => {
            subscribed++;
            return () => void tornDown.push(true);
          });
        }),
      });
      const { url, errors } = await serveRouter(adapter, { router });
      const client = await rawClient(url);
      client.call(1, "subscription", "script");
      client.call(2, "subscription", "emit");
      await until(() => made.length === 2, "both are being called");
      client.stop(1);
      client.stop(2);
      await client.settled();
      expect(client.to(1)).toEqual([]);
      client.call(1, "subscription", "script");
      await client.reach(1);
      expect(client.to(1)).toMatchObject([{ error: { message: "Duplicate id 1" } }]);
      for (const resolve of made) resolve();
      await client.reach(1, 2);
      expect(client.to(1).at(-1)).toEqual({ id: 1, result: { type: "stopped" } });
      expect((await client.ended(2)).at(-1)).toEqual({ id: 2, result: { type: "stopped" } });
      expect(script.nexts).toBe(0);
      expect(tornDown).toHaveLength(subscribed);
      expect(errors).toMatchObject([{ error: { code: "BAD_REQUEST" } }]);
    });

    it("while its procedure is called stops when the call gives up, and fails when it fails", async () => {
      const waiting: ((error: Error) => void)[] = [];
      const router = t.router({
        fail: procedure.subscription(async (): Promise<AsyncIterable<number>> => {
          throw await new Promise<Error>((resolve) => waiting.push(resolve));
        }),
      });
      const { url, errors } = await serveRouter(adapter, { router });
      const client = await rawClient(url);
      for (const id of [1, 2]) {
        client.call(id, "subscription", "fail");
        await until(() => waiting.length === id, "it is being called");
        client.stop(id);
      }
      const abort = new Error("given up");
      abort.name = "AbortError";
      client.call(3, "query", "nope");
      await client.reach(3);
      waiting[0]?.(abort);
      waiting[1]?.(new TRPCError({ code: "CONFLICT", message: "Failed" }));
      expect(await client.ended(1)).toEqual([{ id: 1, result: { type: "stopped" } }]);
      expect((await client.ended(2))[0]).toMatchObject({ error: { message: "Failed" } });
      expect(errors.map(({ error }) => error.message)).toEqual([expect.stringContaining("nope"), "Failed"]);
    });
  });

  describe("a subscription whose connection closes", () => {
    it("is aborted and cleaned up, whatever it was doing", async () => {
      const script = new Script<number>();
      const late = new Script<number>();
      const signals: AbortSignal[] = [];
      const called = deferred<AsyncIterable<number>>();
      let tornDown = 0;
      const router = t.router({
        ping,
        script: procedure.subscription(({ signal }) => {
          signals.push(signal as AbortSignal);
          return script;
        }),
        emit: procedure.subscription(({ signal }) => {
          signals.push(signal as AbortSignal);
          return observed<number>(() => () => void tornDown++);
        }),
        late: procedure.subscription(({ signal }) => {
          signals.push(signal as AbortSignal);
          return called.promise;
        }),
      });
      const { url, errors } = await serveRouter(adapter, { router });
      const client = await rawClient(url);
      for (const [id, path] of ["script", "emit", "late"].entries()) client.call(id, "subscription", path);
      await client.settled();
      client.socket.terminate();
      await until(() => signals.every(({ aborted }) => aborted), "all are aborted");
      called.resolve(late);
      await until(() => script.returns === 1 && tornDown === 1, "all are cleaned up");
      await until(() => late.returns === 1, "the late one is too");
      expect(late.nexts).toBe(0);
      expect(signals).toHaveLength(3);
      expect(errors).toEqual([]);
    });
  });

  describe("a subscription that goes on", () => {
    it("keeps nothing of what it has sent", async () => {
      const script = new Script<object>();
      const router = t.router({ ping, script: procedure.subscription(() => script) });
      const client = await rawClient((await serveRouter(adapter, { router })).url);
      client.call(1, "subscription", "script");
      const references: WeakRef<object>[] = [];
      for (let number = 0; number < 500; number++) {
        const value = { number };
        references.push(new WeakRef(value));
        script.push(value);
        if (number % 50 === 0) await turns(1);
      }
      await client.reach(1, 501);
      await client.settled();
      const kept = await collectGarbage(
        () => references.filter((one) => one.deref() !== undefined).length,
        10,
      );
      expect(kept).toBeLessThanOrEqual(10);
    });

    it("is not aborted when it completes, nor are calls that have been answered", async () => {
      const signals: AbortSignal[] = [];
      const router = t.router({
        ping: procedure.query(({ signal }) => {
          signals.push(signal as AbortSignal);
          return "pong";
        }),
        one: procedure.subscription(async function* one({ signal }) {
          signals.push(signal as AbortSignal);
          yield await Promise.resolve(1);
        }),
      });
      const { url, wss } = await serveRouter(adapter, { router });
      const client = await rawClient(url);
      client.call(1, "subscription", "one");
      await client.ended(1);
      await client.settled();
      client.socket.close();
      await until(() => wss.clients.size === 0, "the connection is closed");
      expect(signals.map(({ aborted }) => aborted)).toEqual([false, false]);
    });
  });
}
