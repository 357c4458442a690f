import { createClient, isEvent, type Client, type TypesOf } from "@rtmsg/client";
import { memoryEngine, type EngineOpener, type RtmsgServer } from "@rtmsg/server";
import { startTestServer } from "@rtmsg/server/testing";
import { expect } from "vitest";
import { RoughProxy } from "./rough-proxy.js";
import { QUICK } from "./setup.js";
import { topics, type TestTopics } from "./topics.js";

/** Events that each producer produces at least. */
const LEAST = 150;
/** Produces that one producer has under way at a time. */
const UNDER_WAY = 6;

/** What one producer was told of its events, in the order of its calls. */
interface Produced {
  readonly topic: "logs.a" | "logs.b";
  readonly offsets: number[];
}

/**
 * Subscribes and produces through a proxy that cuts so many connections, and checks that each event
 * is stored once, in the order of its producer, and reaches each subscriber once, in order.
 *
 * @param engines - one for each of the servers that share a log; a connection is led to any of them
 */
export async function surviveCuts(
  seed: number,
  cuts: number,
  engines: readonly EngineOpener[] = [memoryEngine()],
): Promise<void> {
  const servers = await Promise.all(engines.map((engine) => startTestServer({ topics, engine })));
  const [server] = servers as [RtmsgServer<TypesOf<TestTopics>>];
  const ports = servers.map(({ url }) => Number(new URL(url).port));
  await using proxy = await RoughProxy.start(ports, seed, cuts);
  const clients = Array.from({ length: 5 }, () =>
    createClient<TestTopics>({ url: proxy.url, backoff: QUICK, maxBuffered: { events: 50 } }),
  );
  const [first, second, third, left, right] = clients as [C, C, C, C, C];
  try {
    // One from where the log is now on, two from its start; cut before the first event as well.
    const live = first.subscribe({ topic: "logs.>", marks: true });
    const start = await live.next();
    expect(start.value).toMatchObject({ type: "start" });
    // And one that is slower than what it is sent.
    const early = collect(second.subscribe({ topic: "logs.>", from: "earliest" }), nextTurn);
    const one = collect(third.subscribe({ topic: "logs.a", from: "earliest" }));
    const late = collect(live);
    const produced = await Promise.all([produce(left, "logs.a", proxy), produce(right, "logs.b", proxy)]);
    expect(proxy.cutsLeft).toBeLessThanOrEqual(0);

    const { broker } = server;
    const stored: { topic: string; offset: number; data: { n: number } }[] = [];
    for await (const event of broker.subscribe({ topic: "logs.>", from: "earliest", until: "now" })) {
      stored.push(event);
    }
    for (const { topic, offsets } of produced) {
      const events = stored.filter((event) => event.topic === topic);
      expect(events.map(({ data }) => data.n)).toEqual(offsets.map((_, n) => n));
      expect(offsets).toEqual(events.map(({ offset }) => offset));
    }
    const all = stored.map(({ offset }) => offset);
    expect(await early.take(all.length)).toEqual(all);
    expect(await late.take(all.length)).toEqual(all);
    expect(await one.take(produced[0].offsets.length)).toEqual(produced[0].offsets);
  } finally {
    await Promise.all(clients.map((client) => client.close()));
    await Promise.all(servers.map((one) => one.close()));
  }
}

type C = Client<TypesOf<TestTopics>>;

/** Produces numbers from 0 on, for as long as connections are cut. */
async function produce(client: C, topic: Produced["topic"], proxy: RoughProxy): Promise<Produced> {
  const offsets: number[] = [];
  let n = 0;
  const produceNext = async (): Promise<void> => {
    while (proxy.cutsLeft > 0 || n < LEAST) {
      const mine = n++;
      const { offset, duplicate } = await client.produce.mutate({
        topic,
        data: { n: mine, text: "x".repeat(mine % 200) },
      });
      expect(duplicate).toBe(false);
      offsets[mine] = offset;
    }
  };
  await Promise.all(Array.from({ length: UNDER_WAY }, produceNext));
  return { topic, offsets };
}

function nextTurn(): Promise<unknown> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Reads a subscription all along; `take` waits until so many events have come, and that no more do. */
function collect(
  items: AsyncIterableIterator<unknown>,
  body: () => unknown = () => undefined,
): { take(count: number): Promise<number[]> } {
  const offsets: number[] = [];
  let wake = (): void => undefined;
  const reading = (async () => {
    for await (const item of items as AsyncIterable<Parameters<typeof isEvent>[0]>) {
      if (isEvent(item)) offsets.push(item.offset);
      wake();
      await body();
    }
  })();
  return {
    async take(count) {
      // A subscription that fails fails the test.
      while (offsets.length < count) {
        await Promise.race([reading, new Promise<void>((resolve) => (wake = resolve))]);
      }
      return offsets;
    },
  };
}
