import { createClient, type Client, type TypesOf } from "@rtmsg/client";
import { startCli, type RunningCli } from "../../../cli/test/support/cli.js";
import { freePort, startNats } from "../../../server/test/support/nats-server.js";
import { until } from "../../../server/test/support/until.js";
import { QUICK } from "./setup.js";
import type { TestTopics } from "./topics.js";

const PRODUCERS = 4;
/** Produces that one producer has under way at a time. */
const UNDER_WAY = 5;
const TOPICS = ["logs.a", "logs.b"] as const;
/** Events that are acknowledged between two kills, at least. */
const BETWEEN = 40;
const PATIENCE_MS = 60_000;

/** An event, as somebody saw it. */
interface SeenEvent {
  readonly offset: number;
  /** Who produced it, to which topic, and its number there. */
  readonly text: string;
}

/** What was seen from outside. */
export interface NodeKills {
  /** What each receipt said: the text produced, by its offset. */
  readonly acknowledged: ReadonlyMap<number, string>;
  /** What is in the log at the end, in its order. */
  readonly log: readonly SeenEvent[];
  /** What each subscriber got, over all brokers. */
  readonly delivered: readonly (readonly SeenEvent[])[];
}

type C = Client<TypesOf<TestTopics>>;

/**
 * Kills brokers that share a log, one and then the other, while clients that have the addresses of both produce
 * and subscribe; and starts each again.
 *
 * @param kills - how often
 * @param progress - told after each kill
 */
export async function killNodes(
  kills: number,
  progress: (killed: number) => void = () => undefined,
): Promise<NodeKills> {
  await using nats = await startNats();
  const ports = [await freePort(), await freePort()];
  const serve = (port: number): RunningCli =>
    startCli(["serve", "--engine", nats.url, "--port", String(port)]);
  const nodes = ports.map(serve);
  const clients: C[] = [];
  const acknowledged = new Map<number, string>();
  const delivered: SeenEvent[][] = [];
  try {
    const urls = await Promise.all(nodes.map((node) => node.url()));
    const connect = (index: number): C => {
      const url = index % 2 === 0 ? urls : urls.toReversed();
      const client = createClient<TestTopics>({ url, backoff: QUICK });
      clients.push(client);
      return client;
    };
    const subscribers = (["logs.>", "logs.*", ...TOPICS] as const).map((topic, index) => {
      const events: SeenEvent[] = [];
      delivered.push(events);
      return follow(connect(index), topic, events);
    });
    // What fails early fails the test when it is waited for.
    for (const subscriber of subscribers) subscriber.catch(() => undefined);
    const over = new AbortController();
    const producers = Array.from({ length: PRODUCERS }, (_, index) =>
      produceAll(connect(index), index, acknowledged, over.signal),
    );
    const more = async (): Promise<void> => {
      const before = acknowledged.size;
      const stored = until(() => acknowledged.size >= before + BETWEEN, "events are stored", PATIENCE_MS);
      await Promise.race([stored, ...subscribers, Promise.all(producers)]);
    };
    for (let killed = 0; killed < kills; killed++) {
      await more();
      const index = killed % nodes.length;
      nodes[index]?.kill("SIGKILL");
      await nodes[index]?.ended();
      progress(killed + 1);
      await more();
      nodes[index] = serve(ports[index] as number);
      await nodes[index].url();
    }
    over.abort();
    await Promise.all(producers);
    const log: SeenEvent[] = [];
    for await (const event of connect(0).subscribe({ topic: "logs.>", from: "earliest", until: "now" })) {
      log.push({ offset: event.offset, text: event.data.text ?? "" });
    }
    const [everything = [], all = [], ...each] = delivered;
    const came = (): boolean =>
      everything.length >= log.length &&
      all.length >= log.length &&
      each.reduce((sum, { length }) => sum + length, 0) >= log.length;
    await Promise.race([until(came, "all of it has come", PATIENCE_MS), ...subscribers]);
    return { acknowledged, log, delivered };
  } finally {
    await Promise.all(clients.map((client) => client.close()));
    for (const node of nodes) await node[Symbol.asyncDispose]();
  }
}

/** Keeps what a subscription brings, until its client is closed. */
async function follow(client: C, topic: string, events: SeenEvent[]): Promise<void> {
  for await (const { offset, data } of client.subscribe({ topic: topic as "logs.a", from: "earliest" })) {
    events.push({ offset, text: data.text ?? "" });
  }
}

/** Produces to both topics, several events at a time, until the signal. */
async function produceAll(
  client: C,
  producer: number,
  acknowledged: Map<number, string>,
  signal: AbortSignal,
): Promise<void> {
  let n = 0;
  const produceNext = async (): Promise<void> => {
    while (!signal.aborted) {
      const mine = n++;
      const text = `${producer} ${mine}`;
      const { offset, duplicate } = await client.produce.mutate({
        topic: TOPICS[mine % TOPICS.length] as "logs.a",
        data: { n: mine, text },
      });
      if (duplicate) throw new Error(`"${text}" was stored before it was produced`);
      acknowledged.set(offset, text);
    }
  };
  await Promise.all(Array.from({ length: UNDER_WAY }, produceNext));
}
