import { expect, onTestFinished } from "vitest";
import type { ServerOptions } from "../../src/server.js";
import { recordingLogger, serve, type LogLine } from "../support/serve.js";
import { collect, stockSocketClient } from "../support/stock-client.js";
import { until } from "../support/until.js";

/** A server with a client that behaves. */
export interface Watched {
  readonly url: string;
  readonly log: readonly LogLine[];
  /** Checks that the client is still served: its subscription and its calls. */
  readonly check: () => Promise<void>;
}

/**
 * Starts a server with a healthy client beside whatever the test does to it. When the test has
 * finished the client must still be served, and nothing may have been logged as the server's fault.
 */
export async function watchedServer(options: ServerOptions = {}): Promise<Watched> {
  const logger = recordingLogger();
  const uncaught: unknown[] = [];
  const onUncaught = (error: unknown): void => void uncaught.push(error);
  process.on("uncaughtExceptionMonitor", onUncaught);
  const { url, broker } = await serve({ logger, ...options });
  const { trpc } = stockSocketClient(url, {
    onClose: () => {
      closes++;
    },
  });
  let closes = 0;
  const collected = collect(trpc, { topic: "healthy" });
  await until(() => collected.started === 1, "the healthy client has subscribed");
  let produced = 0;
  const check = async (): Promise<void> => {
    await trpc.produce.mutate({ topic: "healthy", data: ++produced });
    await collected.reach(produced);
    expect(collected.items.map(({ data }) => data)).toEqual(
      Array.from({ length: produced }, (_, n) => n + 1),
    );
    expect(closes).toBe(0);
    expect(uncaught).toEqual([]);
    expect(logger.lines.filter(({ level }) => level === "error")).toEqual([]);
  };
  await check();
  onTestFinished(async () => {
    process.off("uncaughtExceptionMonitor", onUncaught);
    if (broker.subscriberCount > 0) await check();
  });
  return { url, log: logger.lines, check };
}
