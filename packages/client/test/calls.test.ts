import { createClient, isRtmsgError, RtmsgError } from "@rtmsg/client";
import { expect, test } from "vitest";
import { answer, ScriptedServer } from "./support/scripted-server.js";
import { setUp } from "./support/setup.js";

test("calls that were given up, and that the server never answers, hold up no other", async () => {
  await using server = await ScriptedServer.start(({ id, params }, socket) => {
    if (params?.path === "history") answer(socket, id, { events: [], next: null });
  });
  await using client = createClient({ url: server.url });
  // As many as are under way at a time.
  const given = Array.from({ length: 500 }, () =>
    client.topics.list.query({}, { timeoutMs: 50 }).catch((error: unknown) => error),
  );
  expect((await Promise.all(given)).every((error) => isRtmsgError(error, "TIMEOUT"))).toBe(true);
  expect(await client.history.query({ topic: "a" })).toEqual({ events: [], next: null });
});

test("produce answers with the receipt of the stored event", async () => {
  await using setup = await setUp();
  const { client, server } = setup;
  const receipt = await client.produce.mutate({
    topic: "orders.created",
    data: { id: "o-1", total: 12 },
    key: "o-1",
    headers: { source: "test" },
    expectedOffset: 0,
  });
  expect(receipt).toEqual({
    topic: "orders.created",
    offset: 1,
    cursor: `${server.broker.epoch}-1`,
    time: expect.any(Number) as number,
    duplicate: false,
  });
  const { events, next } = await client.history.query({ topic: "orders.created" });
  expect(events).toEqual([
    {
      topic: "orders.created",
      offset: 1,
      cursor: receipt.cursor,
      time: receipt.time,
      // The client's own: it makes sending again safe.
      id: expect.any(String) as string,
      key: "o-1",
      headers: { source: "test" },
      data: { id: "o-1", total: 12 },
    },
  ]);
  expect(next).toBeNull();
});

test("producing again with the same id answers with the first receipt", async () => {
  await using setup = await setUp();
  const { client } = setup;
  const event = { topic: "orders.created", data: { id: "o-1", total: 12 }, id: "o-1" } as const;
  const first = await client.produce.mutate(event);
  expect(await client.produce.mutate(event)).toEqual({ ...first, duplicate: true });
});

test("dates, and other values that JSON has no word for, arrive as they were produced", async () => {
  await using setup = await setUp();
  const { client } = setup;
  const at = new Date(86_400_000);
  const subscription = client.subscribe({ topic: "chat.lobby" });
  await client.produce.mutate({ topic: "chat.lobby", data: { text: "hi", at } });
  const { value } = await subscription.next();
  expect(value?.data).toEqual({ text: "hi", at });
});

test("calls of one turn are stored in the order they were made, however many there are", async () => {
  await using setup = await setUp();
  const { client, server } = setup;
  const totals = Array.from({ length: 2_500 }, (_, index) => index);
  const receipts = await Promise.all(
    totals.map((total) => client.produce.mutate({ topic: "orders.created", data: { id: "o", total } })),
  );
  expect(receipts.map(({ offset }) => offset)).toEqual(totals.map((total) => total + 1));
  const { events } = await server.broker.history({ topic: "orders.created", limit: 1_000 });
  expect(events.map(({ data }) => data.total)).toEqual(totals.slice(0, 1_000));
});

test("large events of one turn do not add up to a frame that the server refuses", async () => {
  await using setup = await setUp();
  const { client, proxy } = setup;
  const text = "x".repeat(900_000);
  const produced = Array.from({ length: 20 }, (_, n) =>
    client.produce.mutate({ topic: "logs.a", data: { n, text } }),
  );
  const receipts = await Promise.all(produced);
  expect(receipts.map(({ offset }) => offset)).toEqual(receipts.map((_, index) => index + 1));
  expect(proxy.connections).toBe(1);
});

test("produceBatch answers each event with its receipt or its error", async () => {
  await using setup = await setUp();
  const { client } = setup;
  const { results } = await client.produceBatch.mutate({
    events: [
      { topic: "orders.created", data: { id: "o-1", total: 1 } },
      { topic: "orders.created", data: { id: "o-2", total: "2" as unknown as number } },
      { topic: "chat.lobby", data: { text: "hi" } },
    ],
  });
  expect(results.map(({ ok }) => ok)).toEqual([true, false, true]);
  const [first, second] = results;
  expect(first).toMatchObject({ ok: true, topic: "orders.created", offset: 1, duplicate: false });
  const error = second?.ok === false ? second.error : undefined;
  expect(error).toBeInstanceOf(RtmsgError);
  expect(isRtmsgError(error, "DATA_INVALID") && error.details.issues?.[0]?.path).toEqual(["total"]);
});

test("history reads the past page by page", async () => {
  await using setup = await setUp();
  const { client } = setup;
  for (const n of [1, 2, 3]) await client.produce.mutate({ topic: "logs.a", data: { n } });
  const first = await client.history.query({ topic: "logs.>", limit: 2 });
  expect(first.events.map(({ data }) => data.n)).toEqual([1, 2]);
  const second = await client.history.query({ topic: "logs.>", from: { cursor: first.next! } });
  expect(second.events.map(({ data }) => data.n)).toEqual([3]);
  expect(second.next).toBeNull();
});

test("topics tell what is declared, and what is in it", async () => {
  await using setup = await setUp();
  const { client } = setup;
  await client.produce.mutate({ topic: "chat.lobby", data: { text: "hi" } });
  const { topics, next } = await client.topics.list.query();
  expect(topics.map(({ topic }) => topic)).toEqual(["chat.lobby", "orders.created", "orders.shipped"]);
  expect(next).toBeNull();
  const orders = await client.topics.list.query({ prefix: "orders.", limit: 1 });
  expect(orders.topics.map(({ topic }) => topic)).toEqual(["orders.created"]);
  const info = await client.topics.get.query({ topic: "chat.lobby" });
  expect(info).toMatchObject({ topic: "chat.lobby", count: 1, latestOffset: 1 });
});
