// One server and one stock tRPC client with one socket, for the app's procedures and the broker's.
import { createTRPCClient, createWSClient, wsLink } from "@trpc/client";
import superjson from "superjson";
import { WebSocket } from "ws";
import type { AppRouter } from "./router.js";
import { startApp } from "./server.js";

await using app = await startApp(0);
const socket = createWSClient({
  url: app.url.replace("http", "ws"),
  WebSocket: WebSocket as unknown as typeof globalThis.WebSocket,
});
const trpc = createTRPCClient<AppRouter>({ links: [wsLink({ client: socket, transformer: superjson })] });

// The app's own mutation, which produces an event.
await trpc.todos.add.mutate({ title: "Write it down" });

await new Promise<void>((resolve, reject) => {
  // The broker's subscription, from the first event on.
  trpc.events.subscribe.subscribe(
    { topic: "todos.added", from: "earliest", until: "now" },
    {
      onData: ({ data: item }) => {
        if ("data" in item) console.log(`#${item.data.id} ${item.data.title}`);
      },
      onComplete: resolve,
      onError: reject,
    },
  );
});
console.log("in the app's list:", (await trpc.todos.list.query()).join(", "));
await socket.close();
