import { createClient, isRtmsgError, type Client, type TypesOf } from "@rtmsg/client";
import { startTestServer, type TestServer } from "@rtmsg/server/testing";
import { expect, test } from "vitest";
import { QUICK } from "./support/setup.js";
import { take } from "./support/take.js";
import { topics, type TestTopics } from "./support/topics.js";
import { until } from "./support/until.js";

type M = TypesOf<TestTopics>;

/** A server whose log does not outlive it, and a client of it. */
async function start(): Promise<{
  server: TestServer<M>;
  client: Client<M>;
  readonly restart: () => Promise<TestServer<M>>;
}> {
  const server = await startTestServer({ topics });
  const client = createClient<TestTopics>({ url: server.url, backoff: QUICK });
  const port = Number(new URL(server.url).port);
  return {
    server,
    client,
    async restart() {
      await server.close();
      return startTestServer({ topics, port });
    },
  };
}

test("a restart with another log is a gap, which ends the subscription", async () => {
  const { server, client, restart } = await start();
  await using _ = client;
  const subscription = client.subscribe({ topic: "logs.a" });
  const { cursor } = await client.produce.mutate({ topic: "logs.a", data: { n: 1 } });
  await take(subscription, 1);
  await using restarted = await restart();
  const error: unknown = await subscription.next().catch((cause: unknown) => cause);
  expect(restarted.broker.epoch).not.toBe(server.broker.epoch);
  if (!isRtmsgError(error, "GAP")) throw error;
  expect(error.details).toEqual({ requested: cursor, earliest: null, epoch: restarted.broker.epoch });
  expect(await subscription.next()).toEqual({ done: true, value: undefined });
});

test('onGap "earliest" carries on with what the other log has', async () => {
  const { client, restart } = await start();
  await using _ = client;
  const subscription = client.subscribe({ topic: "logs.a", onGap: "earliest" });
  for (const n of [1, 2, 3]) await client.produce.mutate({ topic: "logs.a", data: { n } });
  await take(subscription, 3);
  await using restarted = await restart();
  // Its offsets are those of events that were seen, in the other log.
  for (const n of [4, 5]) await restarted.broker.produce({ topic: "logs.a", data: { n } });
  const events = await take(subscription, 2);
  expect(events.map(({ data, offset }) => [data.n, offset])).toEqual([
    [4, 1],
    [5, 2],
  ]);
});

test('onGap "report" puts the gap between the events, once', async () => {
  const { client, restart } = await start();
  await using _ = client;
  const subscription = client.subscribe({ topic: "logs.a", onGap: "report" });
  const { cursor } = await client.produce.mutate({ topic: "logs.a", data: { n: 1 } });
  await take(subscription, 1);
  await using restarted = await restart();
  await restarted.broker.produce({ topic: "logs.a", data: { n: 2 } });
  const { epoch } = restarted.broker;
  const [gap, event] = await take(subscription, 2);
  expect(gap).toMatchObject({ type: "gap", requested: cursor, epoch });
  expect(event).toMatchObject({ offset: 1, data: { n: 2 } });
});

test("events that are trimmed while a subscriber is away are a gap", async () => {
  const { client, server } = await start();
  await using _ = client;
  await using __ = server;
  const { cursor } = await client.produce.mutate({ topic: "trimmed.a", data: { n: 1 } });
  for (const n of [2, 3, 4]) await client.produce.mutate({ topic: "trimmed.a", data: { n } });
  const options = { topic: "trimmed.a", from: { cursor }, until: "now" } as const;
  await until(async () => {
    const { earliestOffset } = await client.topics.get.query({ topic: "trimmed.a" });
    return earliestOffset === 4;
  });
  await expect(client.subscribe(options).next()).rejects.toMatchObject({
    code: "GAP",
    details: { earliest: 4 },
  });
  const items = [];
  for await (const item of client.subscribe({ ...options, onGap: "report" })) items.push(item);
  expect(items).toMatchObject([{ type: "gap", requested: cursor, earliest: 4 }, { data: { n: 4 } }]);
  const events = [];
  for await (const { data } of client.subscribe({ ...options, onGap: "earliest" })) events.push(data.n);
  expect(events).toEqual([4]);
});

test("calls made while the server is away are answered when it is back", async () => {
  const { server, client, restart } = await start();
  await using _ = client;
  await client.topics.list.query();
  await server.close();
  const produced = client.produce.mutate({ topic: "logs.a", data: { n: 1 } });
  const listed = client.topics.list.query({ prefix: "orders." });
  await using restarted = await restart();
  expect((await produced).cursor).toBe(`${restarted.broker.epoch}-1`);
  expect((await listed).topics).toHaveLength(2);
});
