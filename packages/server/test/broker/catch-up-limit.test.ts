import fc from "fast-check";
import { expect, test } from "vitest";
import type { Broker } from "../../src/broker/broker.js";
import { isStoredEvent, type Delivery } from "../../src/broker/delivery.js";
import type { SubscriptionInput } from "../../src/broker/subscription.js";
import { createBroker } from "../../src/create-broker.js";
import { isRtmsgError } from "../../src/protocol/index.js";
import { parseSubscribe } from "../../src/protocol/inputs.js";

/** What a subscription delivers before it ends, or has delivered so many events. */
async function deliveriesOf(broker: Broker, input: SubscriptionInput, most = Infinity): Promise<Delivery[]> {
  const subscription = broker.openSubscription(input);
  const deliveries: Delivery[] = [];
  while (deliveries.filter(isStoredEvent).length < most) {
    const page = await subscription.next();
    if (page === undefined) break;
    deliveries.push(...page);
  }
  subscription.close();
  return deliveries;
}

const produce = (broker: Broker, topic: string, size: number): Promise<unknown> =>
  broker.produce({ topic, data: "x".repeat(size) });

test("a subscription ends at its limit, and what is taken up by cursor has each event once, in order", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ topic: fc.constantFrom("t.a", "t.b", "other"), size: fc.nat(40_000) }), {
        minLength: 1,
        maxLength: 60,
      }),
      fc.record(
        { events: fc.integer({ min: 1, max: 40 }), bytes: fc.integer({ min: 1, max: 400_000 }) },
        { requiredKeys: [] },
      ),
      fc.constantFrom("t.a", "t.*"),
      async (log, catchUpLimit, topic) => {
        await using broker = await createBroker();
        for (const event of log) await produce(broker, event.topic, event.size);
        const expected = log.flatMap((event, index) =>
          event.topic === topic || (topic === "t.*" && event.topic !== "other") ? [index + 1] : [],
        );
        const { events = Infinity, bytes = Infinity } = catchUpLimit;
        const seen: number[] = [];
        let from: SubscriptionInput["from"] = "earliest";
        while (seen.length < expected.length) {
          const left = expected.length - seen.length;
          const given = (await deliveriesOf(broker, { topic, from, catchUpLimit }, left)).filter(
            isStoredEvent,
          );
          expect(given.length).toBeGreaterThan(0);
          expect(given.length).toBeLessThanOrEqual(events);
          // The last one may be over it.
          const before = given.slice(0, -1).reduce((sum, { json }) => sum + json.byteLength, 0);
          expect(before).toBeLessThan(bytes);
          seen.push(...given.map(({ offset }) => offset));
          from = { cursor: `${broker.epoch}-${seen.at(-1)}` };
        }
        expect(seen).toEqual(expected);
        expect(broker.subscriberCount).toBe(0);
      },
    ),
    { numRuns: 100 },
  );
});

test("who gets to the log's end within its limit is live, and stays", async () => {
  await using broker = await createBroker();
  await produce(broker, "t", 1);
  const subscription = broker.openSubscription({ topic: "t", from: "earliest", catchUpLimit: { events: 2 } });
  expect(await subscription.next()).toHaveLength(1);
  for (let n = 2; n < 6; n++) {
    const reading = subscription.next();
    await produce(broker, "t", 1);
    expect(await reading).toMatchObject([{ offset: n }]);
  }
});

test("and also when it falls behind then, and is served from the log again", async () => {
  await using broker = await createBroker({ limits: { bufferedBytes: 1_000 } });
  await produce(broker, "t", 1);
  const subscription = broker.openSubscription({ topic: "t", from: "earliest", catchUpLimit: { events: 2 } });
  const seen: number[] = [];
  const take = async (): Promise<void> => {
    for (const delivery of (await subscription.next()) ?? [])
      if (isStoredEvent(delivery)) seen.push(delivery.offset);
  };
  await take();
  const reading = take();
  await produce(broker, "t", 1);
  await reading;
  for (let n = 0; n < 8; n++) await produce(broker, "t", 300);
  while (seen.length < 10) await take();
  expect(seen).toEqual(Array.from({ length: 10 }, (_, n) => n + 1));
  expect(subscription.isClosed).toBe(false);
});

test("with until the mark of the start says where the log ends, and the end is not passed over", async () => {
  await using broker = await createBroker();
  for (let n = 0; n < 3; n++) await produce(broker, "t", 1);
  const input = { topic: "t", from: "earliest", until: "now", marks: true } as const;
  const { epoch } = broker;
  const start = { type: "start", cursor: `${epoch}-0`, end: `${epoch}-3` };
  const caughtUp = { type: "caughtUp", cursor: `${epoch}-3` };
  expect(await deliveriesOf(broker, { ...input, catchUpLimit: { events: 2 } })).toMatchObject([
    start,
    { offset: 1 },
    { offset: 2 },
  ]);
  expect(await deliveriesOf(broker, { ...input, catchUpLimit: { events: 3 } })).toMatchObject([
    start,
    { offset: 1 },
    { offset: 2 },
    { offset: 3 },
    caughtUp,
  ]);
});

test.each([{ events: 0 }, { bytes: -1 }, { events: 1.5 }, { events: "many" }, 7, null])(
  "a limit of %j is refused",
  (catchUpLimit) => {
    const refusal = (): unknown => {
      try {
        return parseSubscribe({ topic: "t", catchUpLimit });
      } catch (error) {
        return error;
      }
    };
    expect(isRtmsgError(refusal(), "INPUT_INVALID")).toBe(true);
  },
);
