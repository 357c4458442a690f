// Type tests: this file only has to compile.
import { defineTopics, type AppRouter, type Receipt, type RtmsgEvent, type TypesOf } from "@rtmsg/client";
import { createTRPCClient, createWSClient, wsLink } from "@trpc/client";
import superjson from "superjson";
import { expectTypeOf } from "vitest";
import { z } from "zod";

const topics = defineTopics({
  "orders.created": z.object({ id: z.string(), total: z.number() }),
  "chat.*": z.object({ text: z.string() }),
  "chat.lobby": z.object({ lobby: z.boolean() }),
});

type Event =
  | RtmsgEvent<"orders.created", { id: string; total: number }>
  | RtmsgEvent<`chat.${string}`, { text: string }>
  | RtmsgEvent<"chat.lobby", { lobby: boolean }>;

const client = createWSClient({ url: "ws://localhost/trpc" });
const trpc = createTRPCClient<AppRouter<TypesOf<typeof topics>>>({
  links: [wsLink({ client, transformer: superjson })],
});

export async function theStockClientIsTyped() {
  const data = { id: "o-1", total: 12 };
  const receipt = await trpc.produce.mutate({ topic: "orders.created", data });
  expectTypeOf(receipt.offset).toEqualTypeOf<number>();
  expectTypeOf(receipt).toExtend<Receipt>();
  await trpc.produce.mutate({ topic: "chat.a", data: { text: "hi" } });
  await trpc.produce.mutate({ topic: "chat.lobby", data: { lobby: true } });
  // @ts-expect-error a typo
  await trpc.produce.mutate({ topic: "orders.creatd", data });
  // @ts-expect-error the wrong data
  await trpc.produce.mutate({ topic: "orders.created", data: { text: "hi" } });
  // @ts-expect-error the data of chat.lobby
  await trpc.produce.mutate({ topic: "chat.a", data: { lobby: true } });

  trpc.subscribe.subscribe(
    { topic: "orders.*", from: "earliest", marks: true },
    {
      onData({ id, data: item }) {
        expectTypeOf(id).toEqualTypeOf<string>();
        if (!("type" in item)) expectTypeOf(item).toEqualTypeOf<Event>();
      },
      onError: ({ data: error }) => expectTypeOf(error?.rtmsg.code).not.toBeAny(),
    },
  );
  trpc.subscribeBatch.subscribe({ topic: "chat.lobby" }, { onData: ({ data: items }) => items.length });
  // @ts-expect-error a typo
  trpc.subscribe.subscribe({ topic: "orders.creatd" }, { onData: () => undefined });
  const { events } = await trpc.history.query({ topic: "chat.a", limit: 1 });
  expectTypeOf(events).toExtend<readonly Event[]>();
  const { topics: listed } = await trpc.topics.list.query({ prefix: "orders." });
  expectTypeOf(listed[0]?.count).toEqualTypeOf<number | undefined>();
}
