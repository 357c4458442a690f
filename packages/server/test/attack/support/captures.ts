import { WebSocket } from "ws";
import { collect, stockSocketClient } from "../../support/stock-client.js";
import { until } from "../../support/until.js";

/** What tRPC's own client sends in an exchange that uses everything there is, message by message. */
export async function captureExchange(url: string): Promise<readonly string[]> {
  const sent: string[] = [];
  class Recorder extends WebSocket {
    override send(...call: unknown[]): void {
      sent.push(String(call[0]));
      (super.send as (...call: unknown[]) => void)(...call);
    }
  }
  const { trpc, ws } = stockSocketClient(url, {
    WebSocket: Recorder as unknown as typeof globalThis.WebSocket,
    connectionParams: { protocol: "1", token: "none" },
  });
  const data = { at: new Date(0), big: 12n, set: new Set([1, 2]), map: new Map([["a", { b: undefined }]]) };
  const headers = { trace: "a-1", "content-language": "de" };
  await trpc.produce.mutate({ topic: "t", data, id: "event-1", key: "k", headers });
  await trpc.produce.mutate({ topic: "t", data: "text", expectedOffset: 1_000_000 }).catch(() => undefined);
  await trpc.produceBatch.mutate({
    events: [
      { topic: "t", data },
      { topic: "t.u", data: 1 },
    ],
  });
  const collected = collect(trpc, { topic: "t", from: "earliest", marks: true, onGap: "report" });
  const batched = collect(trpc, { topic: "t.>", from: { last: 2 } }, "subscribeBatch");
  await until(() => collected.started > 0 && batched.started > 0, "both have started");
  const { next } = await trpc.history.query({ topic: "t", from: { offset: 0 }, limit: 1 });
  await trpc.history.query({ topic: ">", from: { time: Date.now() } });
  if (next !== null) await trpc.history.query({ topic: "t", from: { cursor: next } });
  await trpc.topics.list.query({ prefix: "t", limit: 3 });
  await trpc.topics.get.query({ topic: "t" });
  await trpc.topics.declared.query();
  await trpc.auth.refresh.mutate({ token: "other" });
  await trpc.server.info.query();
  collected.unsubscribe();
  batched.unsubscribe();
  await until(
    () => sent.filter((text) => text.includes("subscription.stop")).length === 2,
    "both are stopped",
  );
  await ws.close();
  return sent;
}
