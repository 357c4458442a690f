import { isEvent, isRtmsgError, type Client, type TypesOf } from "@rtmsg/client";
import type { Step } from "./tour.js";
import type { TourBroker } from "./tour-broker.js";
import type { TourTopics } from "./topics.js";

type TourClient = Client<TypesOf<TourTopics>>;

const RESUMED = 200;
const SLOW = 5_000;
/** Makes the events of the slow consumer's step more than all buffers between hold. */
const FILLING = "x".repeat(1_000);

const oneTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

/** The steps of the tour, on a broker that it may kill. */
export function tourSteps(broker: TourBroker, client: TourClient): Step[] {
  const placedAt = new Date("2026-01-02T03:04:05Z");
  const order = (n: number) => ({ id: `o-${n}`, total: n * 10, placedAt });
  return [
    {
      title: "Typed topics",
      explanation: "A client has the topics' types, Date included; what they cannot say, the schema refuses.",
      async run({ check }) {
        for (const n of oneTo(3)) await client.produce.mutate({ topic: "orders.created", data: order(n) });
        const { events } = await client.history.query({ topic: "orders.created" });
        check(
          "three orders are stored, each with a Date",
          events.map(({ data }) => data),
          oneTo(3).map(order),
        );
        const refused = client.produce.mutate({ topic: "orders.created", data: { ...order(4), total: -1 } });
        check("a negative total is refused", await codeOf(refused), "DATA_INVALID");
      },
    },
    {
      title: "Replay",
      explanation: "The log keeps every event: a subscription starts wherever it likes in the past.",
      async run({ check }) {
        const from = async (start: "earliest" | { last: number }): Promise<string[]> => {
          const ids: string[] = [];
          for await (const { data } of client.subscribe({ topic: "orders.*", from: start, until: "now" })) {
            ids.push(data.id);
          }
          return ids;
        };
        check("from the first event", await from("earliest"), ["o-1", "o-2", "o-3"]);
        check("from the last but one", await from({ last: 2 }), ["o-2", "o-3"]);
      },
    },
    {
      title: "Resume across a killed broker",
      explanation: "The broker is killed in the middle and started again: each event is seen once, in order.",
      async run({ check, progress }) {
        const subscription = client.subscribe({ topic: "ticks.resume", from: "earliest" });
        const stored = oneTo(RESUMED).map((n) =>
          client.produce.mutate({ topic: "ticks.resume", data: { n } }),
        );
        // Some have a receipt by now, and others may be under way.
        await stored[0];
        await broker.kill();
        await broker.restart();
        const receipts = await Promise.all(stored);
        const seen: number[] = [];
        for await (const { data } of subscription) {
          seen.push(data.n);
          progress(seen.length, RESUMED);
          if (seen.length === RESUMED) break;
        }
        check("every produce got its receipt", receipts.length, RESUMED);
        check("the subscriber saw each event once, in order", seen, oneTo(RESUMED));
        const { count } = await client.topics.get.query({ topic: "ticks.resume" });
        check("and no more are stored than were produced", count, RESUMED);
      },
    },
    {
      title: "A gap",
      explanation:
        'Of "news.latest" three events are kept: who asks for trimmed ones is told, never skipped past.',
      async run({ check }) {
        const first = await client.produce.mutate({ topic: "news.latest", data: { n: 1 } });
        for (const n of oneTo(10).slice(1))
          await client.produce.mutate({ topic: "news.latest", data: { n } });
        while ((await client.topics.get.query({ topic: "news.latest" })).count > 3) await pause();
        const from = { cursor: first.cursor };
        const refused = client.history.query({ topic: "news.latest", from });
        check("to go on after the first is an error", await codeOf(refused), "GAP");
        const items: unknown[] = [];
        for await (const item of client.subscribe({
          topic: "news.latest",
          from,
          onGap: "report",
          until: "now",
        })) {
          items.push(isEvent(item) ? item.data.n : item.type);
        }
        check("or, when asked for, an item that says so", items, ["gap", 8, 9, 10]);
      },
    },
    {
      title: "A duplicate",
      explanation: "Producing again with the same event id is not a second event, not even after a crash.",
      async run({ check }) {
        const event = { topic: "orders.paid", data: { id: "o-1" }, id: "payment-1" } as const;
        const first = await client.produce.mutate(event);
        await broker.kill();
        await broker.restart();
        const again = await client.produce.mutate(event);
        check("the retry has the first receipt, marked", again, { ...first, duplicate: true });
        const other = client.produce.mutate({ ...event, data: { id: "o-2" } });
        check("the same id with other content is refused", await codeOf(other), "EVENT_ID_CONFLICT");
      },
    },
    {
      title: "A slow consumer",
      explanation: "Who reads slowly costs nobody else, is not disconnected, and loses nothing.",
      async run({ check, progress }) {
        const slow = client.subscribe({ topic: "ticks.slow", from: "earliest" });
        const fast = client.subscribe({ topic: "ticks.slow", from: "earliest" });
        const events = oneTo(SLOW).map((n) => ({
          topic: "ticks.slow" as const,
          data: { n, filling: FILLING },
        }));
        const produced = client.produceBatch.mutate({ events });
        const slowly: number[] = [(await slow.next()).value?.data.n ?? 0];
        const seen: number[] = [];
        for await (const { data } of fast) {
          seen.push(data.n);
          progress(seen.length, SLOW);
          if (seen.length === SLOW) break;
        }
        const { results } = await produced;
        check("all are stored", results.filter(({ ok }) => ok).length, SLOW);
        check(
          "the fast one has all while the slow one has read one",
          [seen.length, slowly.length],
          [SLOW, 1],
        );
        for await (const { data } of slow) {
          slowly.push(data.n);
          progress(slowly.length, SLOW);
          if (slowly.length === SLOW) break;
        }
        check("then the slow one reads the rest: each once, in order", slowly, seen);
      },
    },
  ];
}

/** The code that a call fails with. */
async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return "no error";
  } catch (error) {
    if (isRtmsgError(error)) return error.code;
    throw error;
  }
}

/** Between two looks at the broker. */
function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 10));
}
