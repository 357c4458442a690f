import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { lmdbEngine } from "../../src/engines/lmdb.js";
import type { EngineOpener } from "../../src/log/engine.js";
import type { Receipt } from "../../src/protocol/event.js";
import { defineTopics } from "../../src/topics/index.js";
import { tempFolder } from "../engines/support/temp-folder.js";
import { delayedEngine } from "../support/delayed-engine.js";
import { turns, until } from "../support/until.js";
import { attachedTo, NOTHING } from "./support/attached.js";
import { scriptedServer, type ScriptedClient } from "./support/scripted-server.js";
import { Subscriber } from "./support/subscriber.js";

type Step =
  | { readonly do: "produce"; readonly topic: string; readonly count: number; readonly size: number }
  | {
      readonly do: "subscribe";
      readonly client: number;
      readonly topic: string;
      readonly from: string;
      readonly path: string;
    }
  | { readonly do: "stop"; readonly subscriber: number }
  | { readonly do: "stall" | "flow" | "step" | "cut"; readonly client: number }
  | { readonly do: "turns"; readonly count: number };

const CLIENTS = 3;
const client = fc.nat({ max: CLIENTS - 1 });

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("produce" as const),
      topic: fc.constantFrom("a", "b.c"),
      count: fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 400 })),
      size: fc.constantFrom(0, 10, 900),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("subscribe" as const),
      client,
      topic: fc.constantFrom("a", "b.c", ">", "*", "b.*"),
      from: fc.constantFrom("latest", "earliest"),
      path: fc.constantFrom("subscribe", "subscribeBatch"),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("stop" as const), subscriber: fc.nat({ max: 20 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom("stall" as const, "flow" as const, "step" as const), client }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("turns" as const), count: fc.nat({ max: 4 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("cut" as const), client }) },
);

const scenario = fc.record({
  steps: fc.array(step, { minLength: 5, maxLength: 50, size: "max" }),
  maxBufferedBytes: fc.constantFrom(1, 3_000, 60_000, 1_048_576),
  delays: fc.array(fc.nat({ max: 4 }), { minLength: 1, maxLength: 5 }),
});

type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never;

/** Plays a scenario, and checks what every subscription got. */
async function play({ steps, maxBufferedBytes }: Scenario, engine: EngineOpener): Promise<void> {
  const server = await scriptedServer({ maxBufferedBytes, engine });
  const clients: ScriptedClient[] = Array.from({ length: CLIENTS }, () => server.connect());
  const subscribers: Subscriber[] = [];
  const cut = new Set<ScriptedClient>();
  const produced: Promise<Receipt>[] = [];
  for (const one of steps) {
    if (one.do === "turns") await turns(one.count);
    else if (one.do === "produce") {
      const event = { topic: one.topic, data: "x".repeat(one.size) };
      for (let count = 0; count < one.count; count++) produced.push(server.broker.produce(event));
    } else if (one.do === "stop") {
      const stopped = subscribers[one.subscriber];
      if (stopped !== undefined && !stopped.isStopped && !cut.has(stopped.client)) stopped.stop();
    } else {
      const which = clients[one.client] as ScriptedClient;
      if (one.do === "subscribe") {
        if (cut.has(which)) continue;
        const subscriber = new Subscriber(which, subscribers.length, one.topic);
        subscriber.begin(one.from, one.path);
        subscribers.push(subscriber);
      } else if (one.do === "cut") {
        which.socket.destroy();
        cut.add(which);
      } else which.socket[one.do]();
    }
  }
  const log = await Promise.all(produced);
  for (const { socket } of clients) socket.flow();
  const isDone = (subscriber: Subscriber): boolean =>
    subscriber.isStopped
      ? subscriber.states.includes("stopped")
      : subscriber.offsets.length >= (subscriber.expected(log)?.length ?? Infinity);
  for (const subscriber of subscribers) {
    if (!cut.has(subscriber.client)) await until(() => isDone(subscriber), `${subscriber.id} has all`);
  }
  await turns(3);
  for (const subscriber of subscribers) {
    const { offsets } = subscriber;
    const isWhole = !subscriber.isStopped && !cut.has(subscriber.client);
    const expected = subscriber.expected(log) ?? [];
    expect(offsets).toEqual(isWhole ? expected : expected.slice(0, offsets.length));
    if (!cut.has(subscriber.client)) {
      expect(subscriber.states).toEqual(subscriber.isStopped ? ["started", "stopped"] : ["started"]);
    }
  }
  for (const { socket } of clients) socket.destroy();
  await until(() => server.broker.subscriberCount === 0, "all have ended");
  await turns(5);
  expect(attachedTo(server.broker)).toEqual(NOTHING);
  await server.broker.close();
}

describe("subscriptions over connections that are read now and then", () => {
  it("get each event once and in order, whatever happens in whatever turn", async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async (one) => {
        const delayed = delayedEngine();
        let next = 0;
        delayed.delay = () => one.delays[next++ % one.delays.length] ?? 0;
        await play(one, delayed.open);
      }),
      { numRuns: 100 },
    );
  }, 60_000);

  it("do so with the engine on disk", async () => {
    const path = tempFolder();
    let run = 0;
    await fc.assert(
      fc.asyncProperty(scenario, (one) => play(one, lmdbEngine({ path: `${path}/${run++}` }))),
      { numRuns: 15 },
    );
  }, 60_000);
});

describe("a subscription that is behind when what it has not had is trimmed", () => {
  const topics = defineTopics({ t: { schema: z.number(), retention: { maxEvents: 100 } } });

  it.each([
    ["error", "subscribe"],
    ["report", "subscribe"],
    ["earliest", "subscribe"],
    ["report", "subscribeBatch"],
  ])("with onGap %s learns of it through %s", async (onGap, path) => {
    const server = await scriptedServer({ topics, maxBufferedBytes: 20_000 });
    const { broker } = server;
    const one = await server.subscribed(1, { topic: "t", onGap }, path);
    one.socket.stall();
    for (let data = 1; data <= 1_000; data++) {
      await broker.produce({ topic: "t", data });
      if (data % 10 === 0) await turns(1);
    }
    one.socket.flow();
    const offsets = (): number[] =>
      one.items(1).flatMap(({ offset }) => (typeof offset === "number" ? [offset] : []));
    if (onGap === "error")
      await until(() => one.replies.some(({ error }) => error !== undefined), "it fails");
    else await until(() => offsets().at(-1) === 1_000, "it has caught up");
    const had = offsets().findIndex((offset, index) => offset !== index + 1);
    const last = had === -1 ? offsets().length : had;
    expect(last).toBeGreaterThan(10);
    expect(last).toBeLessThan(900);
    const gap = { requested: `${broker.epoch}-${last}`, earliest: 901, epoch: broker.epoch };
    if (onGap === "error") {
      const { error } = one.replies.at(-1) as unknown as { error: { json: { data: { rtmsg: unknown } } } };
      expect(error.json.data.rtmsg).toEqual({ code: "GAP", ...gap });
      expect(attachedTo(broker)).toEqual(NOTHING);
      return;
    }
    expect(offsets().slice(last)).toEqual(Array.from({ length: 100 }, (_, index) => 901 + index));
    const gaps = one.items(1).filter(({ type }) => type === "gap");
    expect(gaps).toEqual(onGap === "report" ? [{ type: "gap", ...gap, cursor: `${broker.epoch}-900` }] : []);
    await broker.produce({ topic: "t", data: 1_001 });
    await until(() => offsets().at(-1) === 1_001, "it is live again");
  });
});
