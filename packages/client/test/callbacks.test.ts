import { createClient } from "@rtmsg/client";
import { expect, test } from "vitest";
import { answer, refuse, ScriptedServer } from "./support/scripted-server.js";
import { setUp } from "./support/setup.js";
import { take } from "./support/take.js";
import { uncaughtDuring } from "./support/uncaught.js";
import { until } from "./support/until.js";

test("callbacks get the events of a subscription, in order, over cuts", async () => {
  await using setup = await setUp();
  const { client, proxy, server } = setup;
  const seen: unknown[] = [];
  let started = 0;
  const { unsubscribe } = client.subscribe.subscribe(
    { topic: "logs.a" },
    {
      onStarted: () => (started += 1),
      onData: ({ data }) => seen.push(data.n),
      onStopped: () => seen.push("stopped"),
    },
  );
  await until(() => started === 1);
  for (let n = 0; n < 6; n++) {
    await server.broker.produce({ topic: "logs.a", data: { n } });
    await until(() => seen.length === n + 1);
    if (n % 2 === 0) proxy.cut();
  }
  unsubscribe();
  unsubscribe();
  await until(() => seen.includes("stopped") && server.broker.subscriberCount === 0);
  await server.broker.produce({ topic: "logs.a", data: { n: 9 } });
  await client.topics.list.query();
  expect(seen).toEqual([0, 1, 2, 3, 4, 5, "stopped"]);
  expect(started).toBe(1);
});

test("the next event waits for a callback that takes its time", async () => {
  await using setup = await setUp();
  const { client, server } = setup;
  for (const n of [1, 2, 3]) await server.broker.produce({ topic: "logs.a", data: { n } });
  const steps: string[] = [];
  await new Promise<void>((resolve) => {
    client.subscribe.subscribe(
      { topic: "logs.a", from: "earliest", until: "now", onGap: "report", caughtUp: true },
      {
        onData: async (item) => {
          const name = "type" in item ? item.type : String(item.data.n);
          steps.push(`${name} begins`);
          await new Promise(setImmediate);
          steps.push(`${name} ends`);
        },
        onComplete: resolve,
      },
    );
  });
  expect(steps).toEqual(["1", "2", "3", "caughtUp"].flatMap((name) => [`${name} begins`, `${name} ends`]));
});

test("an error is told once, and ends it", async () => {
  await using setup = await setUp();
  const { client } = setup;
  const told: unknown[] = [];
  client.subscribe.subscribe(
    { topic: "logs.a", from: { cursor: "aaaaaaaa-5" } },
    {
      onError: ({ code }) => told.push(code),
      onComplete: () => told.push("complete"),
      onStopped: () => told.push("stopped"),
    },
  );
  await until(() => told.length > 0);
  await client.close();
  expect(told).toEqual(["GAP"]);
});

test("a signal stops it, and closing the client completes it", async () => {
  await using setup = await setUp();
  const { client, server } = setup;
  const controller = new AbortController();
  const told: string[] = [];
  const callbacks = (name: string) => ({
    onComplete: () => void told.push(`${name} complete`),
    onStopped: () => void told.push(`${name} stopped`),
  });
  client.subscribe.subscribe({ topic: "logs.a", signal: controller.signal }, callbacks("first"));
  client.subscribe.subscribe({ topic: "logs.a" }, callbacks("second"));
  await until(() => server.broker.subscriberCount === 2);
  controller.abort();
  await until(() => told.length === 1);
  await client.close();
  await until(() => told.length === 2);
  expect(told).toEqual(["first stopped", "second complete"]);
});

test("a callback that throws ends its subscription, and is not swallowed", async () => {
  await using setup = await setUp();
  const { client, server } = setup;
  const unhandled: unknown[] = [];
  const listeners = process.rawListeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection").on("unhandledRejection", (error) => unhandled.push(error));
  try {
    const bug = new Error("a bug");
    client.subscribe.subscribe(
      { topic: "logs.a", from: "earliest" },
      {
        onData: () => {
          throw bug;
        },
        onError: () => undefined,
      },
    );
    client.subscribe.subscribe({ topic: "logs.a", from: { cursor: "aaaaaaaa-5" } }, {});
    await server.broker.produce({ topic: "logs.a", data: { n: 1 } });
    await until(() => unhandled.length === 2 && server.broker.subscriberCount === 0);
    expect(unhandled).toContain(bug);
    expect(unhandled.find((error) => error !== bug)).toMatchObject({ code: "GAP" });
  } finally {
    process.removeAllListeners("unhandledRejection");
    for (const listener of listeners) process.on("unhandledRejection", listener as () => void);
  }
});

test("a callback for the start that throws is no fault of the server's", async () => {
  await using setup = await setUp();
  const { client, server } = setup;
  await uncaughtDuring(async (uncaught) => {
    const seen: number[] = [];
    client.subscribe.subscribe(
      { topic: "logs.a" },
      {
        onStarted: () => {
          throw new Error("a bug");
        },
        onData: ({ data }) => seen.push(data.n),
        onError: (error) => expect.unreachable(error.message),
      },
    );
    await until(() => uncaught.length === 1);
    await server.broker.produce({ topic: "logs.a", data: { n: 1 } });
    await until(() => seen.length === 1);
  });
});

test("a subscription that is ended by another's error is told that it was stopped", async () => {
  const calls: string[] = [];
  await using server = await ScriptedServer.start(({ id, method }, socket) => {
    if (method !== "subscription") return;
    calls.push(String(id));
    if (calls.length === 2) for (const one of calls) refuse(socket, one as never, { code: "FORBIDDEN" });
  });
  await using client = createClient({ url: server.url });
  const told: string[] = [];
  const second: { current?: { unsubscribe: () => void } } = {};
  client.subscribe.subscribe(
    { topic: "a" },
    {
      onError: () => {
        told.push("first failed");
        second.current?.unsubscribe();
      },
    },
  );
  second.current = client.subscribe.subscribe(
    { topic: "b" },
    { onError: () => told.push("second failed"), onStopped: () => told.push("second stopped") },
  );
  await until(() => told.length === 2);
  expect(told).toEqual(["first failed", "second stopped"]);
});

test("an item that cannot be read ends the subscription on the server too", async () => {
  await using server = await ScriptedServer.start(({ id, method }, socket) => {
    if (method !== "subscription") return;
    const data = { json: { id: "aaaaaaaa-1", data: [] }, meta: { values: { data: ["unheard-of"] }, v: 1 } };
    socket.send(JSON.stringify({ id, result: { type: "data", id: "aaaaaaaa-1", data } }));
  });
  await using client = createClient({ url: server.url });
  await expect(client.subscribe({ topic: "a" }).next()).rejects.toMatchObject({ code: "INTERNAL" });
  await until(() => server.calls.length === 2);
  expect(server.calls[1]).toMatchObject({ id: server.calls[0]?.id, method: "subscription.stop" });
});

test("caughtUp puts its mark where the past is done, once, and no other", async () => {
  await using setup = await setUp();
  const { client, proxy, server } = setup;
  for (const n of [1, 2]) await server.broker.produce({ topic: "logs.a", data: { n } });
  const subscription = client.subscribe({ topic: "logs.a", from: "earliest", caughtUp: true });
  const past = await take(subscription, 3);
  proxy.cut();
  await server.broker.produce({ topic: "logs.a", data: { n: 3 } });
  const all = [...past, ...(await take(subscription, 1))];
  expect(all.map((item) => ("type" in item ? item.type : item.data.n))).toEqual([1, 2, "caughtUp", 3]);
});

test("subscriptions are numbered apart from other calls, from the lowest free number on", async () => {
  const ids: unknown[] = [];
  await using server = await ScriptedServer.start(({ id, method }, socket) => {
    if (method === "subscription") {
      ids.push(id);
      const event = { topic: "a", offset: 1, cursor: "aaaaaaaa-1", time: 1, data: 1 };
      answer(socket, id, { id: "aaaaaaaa-1", data: [event] });
    } else if (method === "subscription.stop") {
      socket.send(JSON.stringify({ id, result: { type: "stopped" } }));
    } else answer(socket, id, { topics: [], next: null });
  });
  await using client = createClient({ url: server.url });
  const open = async (): Promise<AsyncIterator<unknown>> => {
    await client.topics.list.query();
    const subscription = client.subscribe({ topic: "a" });
    await take(subscription, 1);
    return subscription;
  };
  const first = await open();
  await open();
  await first.return?.();
  // The number is free once the server has said that it has stopped.
  await client.topics.list.query();
  await open();
  await open();
  expect(ids).toEqual(["s1", "s2", "s1", "s3"]);
});
