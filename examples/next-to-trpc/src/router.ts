import {
  createBroker,
  createRouter,
  defineTopics,
  formatError,
  memoryEngine,
  transformer,
} from "@rtmsg/server";
import { initTRPC } from "@trpc/server";
import { z } from "zod";

const topics = defineTopics({ "todos.added": z.object({ id: z.number(), title: z.string() }) });

/** The broker, which the app's own procedures produce to as well. */
export const broker = await createBroker({ topics, engine: memoryEngine() });

// The app's tRPC, with the format that the broker's procedures speak.
const t = initTRPC.create({ transformer, errorFormatter: formatError });

const todos: string[] = [];

export const appRouter = t.router({
  todos: t.router({
    list: t.procedure.query(() => todos),
    add: t.procedure.input(z.object({ title: z.string().min(1) })).mutation(async ({ input: { title } }) => {
      const id = todos.push(title);
      const { cursor } = await broker.produce({ topic: "todos.added", data: { id, title } });
      return { id, cursor };
    }),
  }),
  // produce, subscribe, history and so on, beside the app's own.
  events: createRouter(broker),
});

export type AppRouter = typeof appRouter;
