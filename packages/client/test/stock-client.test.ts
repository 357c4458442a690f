import { createClient } from "@rtmsg/client";
import { TRPCClientError } from "@trpc/client";
import { expect, test, vi } from "vitest";
import { overEngines } from "./support/over-engines.js";
import { answer, ScriptedServer } from "./support/scripted-server.js";
import { QUICK } from "./support/setup.js";
import { until } from "./support/until.js";

overEngines((setUp) => {
  test("the stock client calls, and subscribes, over the SDK's own socket", async () => {
    await using setup = await setUp();
    const { client, proxy, server } = setup;
    const { trpc } = client;
    expect(client.trpc).toBe(trpc);
    const seen: unknown[] = [];
    const told: string[] = [];
    const subscription = trpc.subscribe.subscribe(
      { topic: "logs.a", marks: true },
      {
        onStarted: () => told.push("started"),
        onData: ({ data }) => seen.push("type" in data ? data.type : (data.data as { n: number }).n),
      },
    );
    await until(() => seen.length === 2);
    const at = new Date(5);
    const receipt = await trpc.produce.mutate({ topic: "logs.a", data: { n: 1 } });
    await trpc.produce.mutate({ topic: "chat.lobby", data: { text: "hi", at } });
    const { events } = await trpc.history.query({ topic: "chat.*" });
    expect(events[0]?.data).toEqual({ text: "hi", at });
    expect(await trpc.topics.get.query({ topic: "logs.a" })).toMatchObject({ latestOffset: receipt.offset });
    await until(() => seen.length === 3);
    // It resumes as tRPC's own clients do, by what tracks the last item.
    proxy.cut();
    await server.broker.produce({ topic: "logs.a", data: { n: 2 } });
    await until(() => seen.includes(2));
    expect(seen.filter((item) => typeof item === "number")).toEqual([1, 2]);
    expect(told).toContain("started");
    subscription.unsubscribe();
    await until(() => server.broker.subscriberCount === 0);
    expect(proxy.connections).toBe(2);
  });

  test("its errors are tRPC's own, with the server's shape, and rtmsg's error as the cause", async () => {
    await using setup = await setUp();
    const { trpc } = setup.client;
    const error: unknown = await trpc.topics.get.query({ topic: "a b" }).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(TRPCClientError);
    expect(error).toMatchObject({
      data: { code: "BAD_REQUEST", rtmsg: { code: "TOPIC_INVALID" } },
      cause: { code: "TOPIC_INVALID" },
    });
    const onError = vi.fn<(error: unknown) => void>();
    trpc.subscribe.subscribe({ topic: "logs.a", from: { cursor: "aaaaaaaa-1" } }, { onError });
    await until(() => onError.mock.calls.length > 0);
    expect(onError.mock.calls[0]?.[0]).toMatchObject({ data: { rtmsg: { code: "GAP" } } });
    const huge = "x".repeat(9_000_000);
    const tooLarge = trpc.history.query({ topic: huge as "logs.a" });
    await expect(tooLarge).rejects.toMatchObject({ cause: { code: "INPUT_INVALID" } });
    await setup.client.close();
    await expect(trpc.topics.list.query()).rejects.toMatchObject({ cause: { code: "CLOSED" } });
  });
});

test("its mutation whose connection breaks has failed, and a query is sent again", async () => {
  let isCut = false;
  await using server = await ScriptedServer.start((message, socket) => {
    if (isCut) answer(socket, message.id, { topics: [], next: null });
    else if (server.calls.length === 2) {
      isCut = true;
      socket.terminate();
    }
  });
  await using client = createClient({ url: server.url, backoff: QUICK });
  const outcomes = await Promise.allSettled([
    client.trpc.produce.mutate({ topic: "a", data: 1 }),
    client.trpc.topics.list.query(),
  ]);
  expect(outcomes).toMatchObject([
    { reason: { cause: { code: "OUTCOME_UNKNOWN" } } },
    { value: { topics: [] } },
  ]);
  expect(server.callsOf("produce")).toHaveLength(1);
});

test("a call that is aborted is stopped, and a subscription that the server ends completes", async () => {
  await using server = await ScriptedServer.start(({ id, method }, socket) => {
    if (method === "subscription") socket.send(JSON.stringify({ id, result: { type: "stopped" } }));
  });
  await using client = createClient({ url: server.url });
  const controller = new AbortController();
  const call = client.trpc.topics.list.query(undefined, { signal: controller.signal });
  const onComplete = vi.fn<() => void>();
  client.trpc.subscribe.subscribe({ topic: "a" }, { onComplete });
  await until(() => onComplete.mock.calls.length === 1);
  controller.abort();
  await expect(call).rejects.toBeInstanceOf(TRPCClientError);
  await expect(call).rejects.toMatchObject({ cause: { code: "TIMEOUT" } });
  const { signal } = controller;
  await expect(client.trpc.topics.list.query(undefined, { signal })).rejects.toBeInstanceOf(TRPCClientError);
});
