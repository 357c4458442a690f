// Type tests: this file only has to compile. The same lines hold for the broker in its process.
import {
  createClient,
  defineTopics,
  type CaughtUp,
  type Stale,
  type Client,
  type Gap,
  type Mark,
  type OnGap,
  type Receipt,
  type RtmsgEvent,
} from "@rtmsg/client";
import { createBroker } from "@rtmsg/server";
import { expectTypeOf } from "vitest";
import { z } from "zod";

const topics = defineTopics({
  "orders.created": z.object({ id: z.string(), total: z.number() }),
  "orders.shipped": z.object({ id: z.string(), carrier: z.string() }),
  "chat.*": { schema: z.object({ text: z.string() }), retention: { maxAge: "7d" } },
  "chat.lobby": z.object({ lobby: z.boolean() }),
  "logs.>": z.string(),
  "users.joined": z.object({
    name: z.string().transform((name) => name.length),
    at: z.date().default(new Date()),
  }),
});

type Created = RtmsgEvent<"orders.created", { id: string; total: number }>;
type Shipped = RtmsgEvent<"orders.shipped", { id: string; carrier: string }>;
type Chat = RtmsgEvent<`chat.${string}`, { text: string }>;
type Lobby = RtmsgEvent<"chat.lobby", { lobby: boolean }>;

const client = createClient<typeof topics>({ url: "http://localhost" });
const broker = await createBroker({ topics });
const order = { id: "o-1", total: 12 };

export async function produceTakesTheTopicsData(room: string, topic: "orders.created" | "orders.shipped") {
  for (const produce of [client.produce.mutate.bind(client.produce), broker.produce.bind(broker)] as const) {
    expectTypeOf(await produce({ topic: "orders.created", data: order })).toEqualTypeOf<
      Receipt<"orders.created">
    >();
    await produce({
      topic: "orders.created",
      data: order,
      id: "1",
      key: "k",
      headers: { a: "b" },
      expectedOffset: 0,
    });
    await produce({ topic: "chat.a", data: { text: "hi" } });
    await produce({ topic: `chat.${room}`, data: { text: "hi" } });
    await produce({ topic: "chat.lobby", data: { lobby: true } });
    await produce({ topic: "logs.a", data: "line" });
    await produce({ topic: "logs.a.b.c", data: "line" });
    await produce({ topic, data: { id: "o-1", total: 12, carrier: "c" } as never });
    const either: { topic: "orders.created"; data: typeof order } | { topic: "logs.a"; data: string } =
      room === "" ? { topic: "orders.created", data: order } : { topic: "logs.a", data: "line" };
    await produce(either);

    // @ts-expect-error a typo
    await produce({ topic: "orders.creatd", data: order });
    // @ts-expect-error the wrong type of a field
    await produce({ topic: "orders.created", data: { id: 1, total: 12 } });
    // @ts-expect-error a field is missing
    await produce({ topic: "orders.created", data: { id: "o-1" } });
    // @ts-expect-error a field too many
    await produce({ topic: "orders.created", data: { id: "o-1", total: 12, more: true } });
    // @ts-expect-error no data
    await produce({ topic: "orders.created" });
    // @ts-expect-error an option that there is not
    await produce({ topic: "orders.created", data: order, ide: "1" });
    // @ts-expect-error data of one of the topics only
    await produce({ topic, data: order });
    // @ts-expect-error data of the pattern, which the exact name goes before
    await produce({ topic: "chat.lobby", data: { text: "hi" } });
    // @ts-expect-error a pattern
    await produce({ topic: "chat.*", data: { text: "hi" } });
    // @ts-expect-error a pattern
    await produce({ topic: "logs.>", data: "line" });
    // @ts-expect-error a token too many
    await produce({ topic: "chat.a.b", data: { text: "hi" } });
    // @ts-expect-error a token too few
    await produce({ topic: "chat", data: { text: "hi" } });
    // @ts-expect-error a token too few
    await produce({ topic: "logs", data: "line" });
    // @ts-expect-error any text
    await produce({ topic: room, data: "line" });
  }
}

export async function batchesTakeTheTopicsData() {
  await client.produceBatch.mutate({
    events: [
      { topic: "orders.created", data: order, id: "1" },
      { topic: "chat.a", data: { text: "hi" } },
      { topic: "chat.lobby", data: { lobby: true } },
    ],
  });
  // @ts-expect-error the wrong data
  await client.produceBatch.mutate({ events: [{ topic: "orders.created", data: { text: "hi" } }] });
  // @ts-expect-error a typo
  await broker.produceBatch([{ topic: "orders.creatd", data: order }]);
}

export async function subscriptionsYieldTheTopicsEvents(room: string, onGap: OnGap, marks: boolean) {
  const { subscribe } = client;
  for await (const event of subscribe({ topic: "orders.created" })) {
    expectTypeOf(event).toEqualTypeOf<Created>();
  }
  for await (const event of subscribe({ topic: "orders.*", from: "earliest", until: "now" })) {
    expectTypeOf(event).toEqualTypeOf<Created | Shipped>();
    // The topic tells the data.
    if (event.topic === "orders.shipped") expectTypeOf(event.data.carrier).toEqualTypeOf<string>();
  }
  for await (const event of subscribe({ topic: "chat.*" })) {
    expectTypeOf(event).toEqualTypeOf<Chat | Lobby>();
  }
  for await (const event of subscribe({ topic: "chat.a" })) {
    expectTypeOf(event).toEqualTypeOf<RtmsgEvent<"chat.a", { text: string }>>();
  }
  for await (const event of subscribe({ topic: `logs.${room}` })) {
    expectTypeOf(event).toEqualTypeOf<RtmsgEvent<`logs.${string}`, string>>();
  }
  for await (const item of subscribe({ topic: "orders.created", onGap: "report" })) {
    expectTypeOf(item).toEqualTypeOf<Created | Gap>();
  }
  for await (const item of subscribe({ topic: "orders.created", onGap: "earliest", marks: true })) {
    expectTypeOf(item).toEqualTypeOf<Created | Mark>();
  }
  for await (const item of subscribe({ topic: "orders.created", caughtUp: true })) {
    expectTypeOf(item).toEqualTypeOf<Created | CaughtUp>();
  }
  for await (const item of subscribe({ topic: "orders.created", stale: true })) {
    expectTypeOf(item).toEqualTypeOf<Created | CaughtUp | Stale>();
  }
  for await (const item of client.topic("orders.created").subscribe({ stale: true })) {
    expectTypeOf(item).toEqualTypeOf<Created | CaughtUp | Stale>();
  }
  // What is known at run time only may have both.
  for await (const item of subscribe({ topic: "orders.created", onGap, marks })) {
    expectTypeOf(item).toEqualTypeOf<Created | Gap | Mark>();
  }

  // @ts-expect-error a typo
  subscribe({ topic: "orders.creatd" });
  // @ts-expect-error a pattern that matches nothing declared
  subscribe({ topic: "order.*" });
  // @ts-expect-error a token too many
  subscribe({ topic: "orders.*.*" });
  // @ts-expect-error a start position that there is not
  subscribe({ topic: "orders.created", from: "oldest" });
  // @ts-expect-error an option that there is not
  subscribe({ topic: "orders.created", from: "earliest", untill: "now" });
}

export function callbacksGetTheTopicsEvents() {
  const subscription = client.subscribe.subscribe(
    { topic: "orders.*", onGap: "report", caughtUp: true },
    { onData: (item) => expectTypeOf(item).toEqualTypeOf<Created | Shipped | Gap | CaughtUp>() },
  );
  expectTypeOf(subscription.unsubscribe).toEqualTypeOf<() => void>();
  // @ts-expect-error a typo
  client.subscribe.subscribe({ topic: "orders.creatd" }, { onData: () => undefined });
}

export async function aHandleKnowsItsTopic(room: string) {
  const created = client.topic("orders.created");
  expectTypeOf(await created.produce(order, { id: "1", timeoutMs: 5 })).toEqualTypeOf<
    Receipt<"orders.created">
  >();
  for await (const event of created.subscribe()) expectTypeOf(event).toEqualTypeOf<Created>();
  for await (const item of created.subscribe({ onGap: "report" })) {
    expectTypeOf(item).toEqualTypeOf<Created | Gap>();
  }
  for await (const { events } of created.history({ from: { last: 1 } })) {
    expectTypeOf(events).toEqualTypeOf<readonly Created[]>();
  }
  await client.topic(`chat.${room}`).produce({ text: "hi" });
  // @ts-expect-error the wrong data
  await created.produce({ id: "o-1" });
  // @ts-expect-error a typo
  client.topic("orders.creatd");
  // @ts-expect-error a pattern
  client.topic("chat.*");
}

export async function topicsGiveTheTypesToo() {
  const checked = createClient({ url: "http://localhost", topics });
  expectTypeOf(checked).toEqualTypeOf<typeof client>();
  const { offset } = await checked.trpc.produce.mutate({ topic: "orders.created", data: order });
  expectTypeOf(offset).toEqualTypeOf<number>();
  // @ts-expect-error a typo
  await checked.trpc.produce.mutate({ topic: "orders.creatd", data: order });
}

export async function theBrokerYieldsTheTopicsEvents() {
  for await (const event of broker.subscribe({ topic: "orders.*", from: "earliest", until: "now" })) {
    expectTypeOf(event).toEqualTypeOf<Created | Shipped>();
  }
  for await (const item of broker.subscribe({ topic: "orders.created", onGap: "report", marks: true })) {
    expectTypeOf(item).toEqualTypeOf<Created | Gap | Mark>();
  }
  // @ts-expect-error a typo
  broker.subscribe({ topic: "orders.creatd" });
  // @ts-expect-error a pattern that matches nothing declared
  broker.subscribe({ topic: "order.*" });
}

export async function producersAndSubscribersHaveTheirOwnSideOfASchema() {
  await client.produce.mutate({ topic: "users.joined", data: { name: "Ada" } });
  // @ts-expect-error what the transform yields is not what it takes
  await client.produce.mutate({ topic: "users.joined", data: { name: 3 } });
  for await (const { data } of client.subscribe({ topic: "users.joined" })) {
    expectTypeOf(data).toEqualTypeOf<{ name: number; at: Date }>();
  }
}

export async function thePastIsTypedToo() {
  const { events, next } = await client.history.query({ topic: "orders.*", from: { last: 10 }, limit: 5 });
  expectTypeOf(events).toEqualTypeOf<readonly (Created | Shipped)[]>();
  expectTypeOf(next).toEqualTypeOf<string | null>();
  // @ts-expect-error a typo
  await client.history.query({ topic: "orders.creatd" });
  await client.topics.get.query({ topic: "logs.a.b" });
  // @ts-expect-error a typo
  await client.topics.get.query({ topic: "orders.creatd" });
}

export async function aClientWithoutTopicsCarriesUnknown(topic: string) {
  const untyped = createClient({ url: "http://localhost" });
  expectTypeOf(untyped).toEqualTypeOf<Client>();
  expectTypeOf(await untyped.produce.mutate({ topic, data: 1 })).toEqualTypeOf<Receipt>();
  await untyped.produce.mutate({ topic: "any.thing", data: { at: new Date() } });
  for await (const event of untyped.subscribe({ topic: "any.*" })) {
    expectTypeOf(event).toEqualTypeOf<RtmsgEvent>();
    expectTypeOf(event.data).toEqualTypeOf<unknown>();
  }
  // @ts-expect-error no data
  await untyped.produce.mutate({ topic });
}
