import { expect, test } from "vitest";
import { setUp } from "./support/setup.js";

/** A server that takes small messages only. */
const limits = { frameBytes: 20_000 };

test("what travels together fits into the largest message that the server takes", async () => {
  await using setup = await setUp({}, { limits });
  const { client, proxy, server } = setup;
  const count = 500;
  // The first are sent off before the server has said what it takes.
  const produced = Array.from({ length: count }, (_, n) =>
    client.produce.mutate({ topic: "logs.a", data: { n, text: "é".repeat(n % 300) } }),
  );
  await Promise.all(produced);
  const later = Array.from({ length: count }, (_, n) =>
    client.produce.mutate({ topic: "chat.a", data: { text: "x".repeat(n), at: new Date(n) } }),
  );
  await Promise.all(later);
  const { events } = await server.broker.history({ topic: "logs.a", limit: 1_000 });
  expect(events.map(({ data }) => data.n)).toEqual(Array.from({ length: count }, (_, n) => n));
  expect((await server.broker.topics.get("chat.a")).count).toBe(count);
  // A message that is too large would have cost the connection.
  expect(proxy.connections).toBe(1);
});

test("an event that is too large for the server fails alone, with the limit", async () => {
  await using setup = await setUp({}, { limits });
  const { client, proxy } = setup;
  const produce = (size: number) =>
    client.produce.mutate({ topic: "logs.a", data: { n: size, text: "x".repeat(size) } });
  const before = produce(1);
  const large = produce(30_000);
  const after = produce(2);
  const error = await large.catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: "EVENT_TOO_LARGE", details: { limit: limits.frameBytes } });
  const [first, second] = await Promise.all([before, after]);
  expect(second.offset).toBe(first.offset + 1);
  await expect(produce(30_000)).rejects.toMatchObject({ code: "EVENT_TOO_LARGE" });
  expect(proxy.connections).toBe(1);
});

test("no more calls travel together, nor are under way, than the server takes", async () => {
  await using setup = await setUp({}, { limits: { callsPerBatch: 3, requestsPerConnection: 5 } });
  const { client, proxy } = setup;
  const asked = Array.from({ length: 200 }, () => client.topics.list.query());
  const produced = Array.from({ length: 200 }, (_, n) =>
    client.produce.mutate({ topic: "logs.a", data: { n, text: "x".repeat(10_000) } }),
  );
  expect(await Promise.all(asked)).toHaveLength(200);
  expect(new Set((await Promise.all(produced)).map(({ offset }) => offset)).size).toBe(200);
  expect(proxy.connections).toBe(1);
});

test("calls that were given up count for the server until it has answered them", async () => {
  await using setup = await setUp({}, { limits: { requestsPerConnection: 5 } });
  const { client } = setup;
  await client.topics.list.query();
  const given = Array.from({ length: 20 }, () => {
    const controller = new AbortController();
    const call = client.topics.list.query({}, { signal: controller.signal });
    setImmediate(() => controller.abort());
    return call.catch((error: unknown) => error);
  });
  await new Promise((resolve) => setImmediate(resolve));
  await client.produce.mutate({ topic: "logs.a", data: { n: 1 } });
  await Promise.all(given);
});

test("so does a query, and a call of the stock client", async () => {
  await using setup = await setUp({}, { limits });
  const { client, proxy } = setup;
  const prefix = "x".repeat(30_000);
  await expect(client.topics.list.query({ prefix })).rejects.toMatchObject({ code: "INPUT_INVALID" });
  await expect(client.trpc.topics.list.query({ prefix })).rejects.toThrow(/over the frame limit of 20,000/);
  expect((await client.topics.list.query()).topics.length).toBeGreaterThan(0);
  expect(proxy.connections).toBe(1);
});
