import { createClient } from "@rtmsg/client";
import { expect, test } from "vitest";
import { answer, refuse, ScriptedServer, type Script } from "./support/scripted-server.js";
import { QUICK } from "./support/setup.js";
import { take } from "./support/take.js";
import { until } from "./support/until.js";

const EPOCH = "aaaaaaaa";

function event(offset: number, data: unknown = offset): object {
  return { topic: "a", offset, cursor: `${EPOCH}-${offset}`, time: 1, data };
}

/** Answers the first subscription with batches, and each later one with what it is given then. */
function batches(...attempts: readonly (readonly unknown[])[]): Script {
  let attempt = 0;
  return ({ id, method }, socket) => {
    if (method !== "subscription") return;
    socket.send(JSON.stringify({ id, result: { type: "started" } }));
    for (const data of attempts[attempt++] ?? []) answer(socket, id, { id: `${EPOCH}-1`, data });
  };
}

test("the client says which protocol it speaks, at /trpc below the url's path", async () => {
  await using server = await ScriptedServer.start(({ id }, socket) => answer(socket, id, { topics: [] }));
  await using client = createClient({ url: `${server.url}/base/?token=x` });
  await client.topics.list.query();
  expect(server.addresses).toEqual(["/base/trpc?token=x&connectionParams=1"]);
  expect(server.params).toEqual([{ protocol: "1" }]);
});

test("a refusal for good ends all that waits, and the client does not come back", async () => {
  await using server = await ScriptedServer.start((_, socket) => {
    refuse(socket, null, { code: "PROTOCOL_UNSUPPORTED" });
    socket.close();
  });
  await using client = createClient({ url: server.url, backoff: QUICK });
  const refused = { code: "PROTOCOL_UNSUPPORTED" };
  const subscription = client.subscribe({ topic: "a" });
  await expect(client.produce.mutate({ topic: "a", data: 1 })).rejects.toMatchObject(refused);
  await expect(subscription.next()).rejects.toMatchObject(refused);
  expect(await subscription.next()).toEqual({ done: true, value: undefined });
  await expect(client.topics.list.query()).rejects.toMatchObject(refused);
  await expect(client.subscribe({ topic: "a" }).next()).rejects.toMatchObject(refused);
  await client.close();
  expect(server.addresses).toHaveLength(1);
});

test("a refusal for the moment is tried again", async () => {
  let attempt = 0;
  await using server = await ScriptedServer.start(({ id }, socket) => {
    if (attempt++ < 3) {
      refuse(socket, null, { code: "UNAVAILABLE" });
      socket.close();
    } else answer(socket, id, { topics: [] });
  });
  await using client = createClient({ url: server.url, backoff: QUICK });
  expect(await client.topics.list.query()).toEqual({ topics: [] });
  expect(server.addresses).toHaveLength(4);
});

test.each([
  ["no JSON", "{"],
  ["a number", "5"],
  ["an array", "[]"],
  ["an answer without a result", '{"id":1}'],
  ["a binary frame", Buffer.from([1, 2, 3])],
])("a frame that cannot be read (%s) costs the connection, and no event", async (_, frame) => {
  const attempts = [[[{ type: "start", cursor: `${EPOCH}-0` }, event(1)]], [[event(2)]]];
  const script = batches(...attempts);
  let isFirst = true;
  await using server = await ScriptedServer.start((message, socket) => {
    script(message, socket);
    if (isFirst) socket.send(frame);
    isFirst = false;
  });
  await using client = createClient({ url: server.url, backoff: QUICK });
  const events = await take(client.subscribe({ topic: "a", from: "earliest" }), 2);
  expect(events.map(({ offset }) => offset)).toEqual([1, 2]);
  const [first, second] = server.callsOf("subscribeBatch");
  expect(first?.params?.input.json).toMatchObject({ topic: "a", from: "earliest", marks: true });
  expect(second?.params?.input.json).toMatchObject({
    topic: "a",
    from: { cursor: `${EPOCH}-1` },
    marks: true,
  });
});

test("an event that comes twice is yielded once", async () => {
  const sent = [[event(1), event(2)], [event(1)], [event(2), event(3)], [event(3), event(4)]];
  await using server = await ScriptedServer.start(batches(sent));
  await using client = createClient({ url: server.url });
  const events = await take(client.subscribe({ topic: "a" }), 4);
  expect(events.map(({ offset }) => offset)).toEqual([1, 2, 3, 4]);
});

test("requests, fields and item types that the client does not know are ignored", async () => {
  const items = [{ type: "news", cursor: `${EPOCH}-9` }, { ...event(1), more: true }, event(2)];
  const script = batches([items]);
  await using server = await ScriptedServer.start((message, socket) => {
    socket.send(JSON.stringify({ id: null, method: "reconnect" }));
    socket.send(JSON.stringify({ id: 99, result: { type: "data", data: { json: 1 } } }));
    script(message, socket);
  });
  await using client = createClient({ url: server.url });
  const events = await take(client.subscribe({ topic: "a" }), 2);
  expect(events.map(({ offset }) => offset)).toEqual([1, 2]);
  expect(server.addresses).toHaveLength(1);
});

test.each([
  ["no batch", "x"],
  ["no items", [[null]]],
  ["an event without a cursor", [[{ topic: "a", offset: 1 }]]],
])("items that cannot be read (%s) end the subscription with an error", async (_, sent) => {
  await using server = await ScriptedServer.start(batches(sent as readonly unknown[]));
  await using client = createClient({ url: server.url });
  await expect(client.subscribe({ topic: "a" }).next()).rejects.toMatchObject({ code: "INTERNAL" });
  await until(() => server.calls.some(({ method }) => method === "subscription.stop"));
});

test("a subscription that the server stops is taken up again", async () => {
  const script = batches([[event(1)]], [[event(2)]]);
  await using server = await ScriptedServer.start((message, socket) => {
    script(message, socket);
    if (message.method === "subscription" && server.callsOf("subscribeBatch").length === 1) {
      socket.send(JSON.stringify({ id: message.id, result: { type: "stopped" } }));
    }
  });
  await using client = createClient({ url: server.url, backoff: QUICK });
  const events = await take(client.subscribe({ topic: "a" }), 2);
  expect(events.map(({ offset }) => offset)).toEqual([1, 2]);
});
