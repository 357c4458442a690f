import { EventEmitter, on } from "node:events";
import { initTRPC, tracked } from "@trpc/server";
import { applyWSSHandler } from "@trpc/server/adapters/ws";
import superjson from "superjson";
import { WebSocketServer } from "ws";
import { z } from "zod";
import { listening } from "./listening.js";

const newEvent = z.object({ topic: z.string(), data: z.unknown(), id: z.string().optional() });

/** tRPC's own adapter, as its documentation has a user write subscriptions; returns the port. */
export function startStockTrpc(): Promise<number> {
  const emitter = new EventEmitter();
  emitter.setMaxListeners(0);
  const t = initTRPC.create({ transformer: superjson });
  let offset = 0;
  const produce = ({ topic, data }: z.infer<typeof newEvent>) => {
    offset += 1;
    const event = { topic, offset, data, time: Date.now() };
    emitter.emit(topic, event);
    return { topic, offset, time: event.time, duplicate: false };
  };
  const router = t.router({
    produce: t.procedure.input(newEvent).mutation(({ input }) => produce(input)),
    produceBatch: t.procedure
      .input(z.object({ events: z.array(newEvent) }))
      .mutation(({ input }) => input.events.map((event) => produce(event))),
    subscribe: t.procedure.input(z.object({ topic: z.string() })).subscription(async function* ({
      input,
      signal,
    }) {
      const events = on(emitter, input.topic, signal === undefined ? {} : { signal });
      for await (const [event] of events as AsyncIterable<[{ offset: number }]>) {
        yield tracked(String(event.offset), event);
      }
    }),
  });
  const wss = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  applyWSSHandler({ wss, router });
  return listening(wss);
}
