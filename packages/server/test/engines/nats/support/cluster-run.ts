import { setTimeout as sleep } from "node:timers/promises";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import type { Broker } from "../../../../src/broker/broker.js";
import type { NatsCluster } from "../../../support/nats-server.js";
import { until } from "../../../support/until.js";
import { openNode } from "./nodes.js";

const STREAM = "RTMSG";
const PRODUCERS = 4;
const TOPICS = 2;

/** What was seen while leaders were killed. */
export interface ClusterRun {
  /** What each receipt said: the value produced, by offset. */
  readonly acknowledged: ReadonlyMap<number, string>;
  /** What is in the log at the end, in its order. */
  readonly log: readonly { readonly offset: number; readonly topic: string; readonly value: string }[];
  /** What each subscriber got, on either node. */
  readonly delivered: readonly (readonly { readonly offset: number; readonly value: string }[])[];
}

/**
 * Kills the server that leads the stream, again and again, while producers and subscribers run on two
 * brokers, and starts it again.
 *
 * @param kills - how often
 */
export async function killLeaders(
  cluster: NatsCluster,
  kills: number,
  progress: (killed: number) => void = () => undefined,
): Promise<ClusterRun> {
  const options = { stream: STREAM, replicas: 3, timeoutMs: 20_000 };
  const nodes: Broker[] = [];
  await until(
    async () => {
      // A cluster that was just started has nobody yet who could make a stream.
      const node = await openNode(cluster.url, options).catch(() => undefined);
      if (node !== undefined) nodes.push(node);
      return node !== undefined;
    },
    "the cluster takes a stream",
    60_000,
  );
  nodes.push(await openNode(cluster.url, options));
  const over = new AbortController();
  const acknowledged = new Map<number, string>();
  const delivered = nodes.flatMap(() => [[], []] as { offset: number; value: string }[][]);
  try {
    const subscribers = delivered.map(async (events, index) => {
      const topic = index % 2 === 0 ? ">" : "t.*";
      const node = nodes[index >> 1] as Broker;
      for await (const { offset, data } of node.subscribe({ topic, from: "earliest", signal: over.signal })) {
        events.push({ offset, value: String(data) });
      }
    });
    const producing = new AbortController();
    const producers = Array.from({ length: PRODUCERS }, async (_, producer) => {
      const node = nodes[producer % 2] as Broker;
      for (let number = 0; !producing.signal.aborted; number++) {
        const value = `${producer}-${number}`;
        await produceOnce(node, `t.${producer % TOPICS}`, value, acknowledged);
        await sleep(2);
      }
    });
    for (let killed = 0; killed < kills; killed++) {
      const before = acknowledged.size;
      await until(() => acknowledged.size > before + 20, "events are stored", 60_000);
      const name = await leader(cluster);
      const server = cluster.named(name);
      await server.end("SIGKILL");
      progress(killed + 1);
      const since = acknowledged.size;
      await until(() => acknowledged.size > since + 20, "the others go on", 60_000);
      await server.start();
      await until(() => allCurrent(cluster), "the server has caught up", 60_000);
    }
    producing.abort();
    await Promise.all(producers);
    const log = await readAll(nodes[0] as Broker);
    await until(() => delivered.every(({ length }) => length >= log.length), "all came", 60_000);
    over.abort();
    await Promise.all(subscribers);
    return { acknowledged, log, delivered };
  } finally {
    over.abort();
    await Promise.all(nodes.map((node) => node.close()));
  }
}

/** Produces an event until it has a receipt, each time under the same id. */
async function produceOnce(
  node: Broker,
  topic: string,
  value: string,
  acknowledged: Map<number, string>,
): Promise<void> {
  for (;;) {
    try {
      const { offset } = await node.produce({ topic, data: value, id: value });
      acknowledged.set(offset, value);
      return;
    } catch {
      await sleep(50);
    }
  }
}

async function readAll(node: Broker): Promise<ClusterRun["log"]> {
  const log: { offset: number; topic: string; value: string }[] = [];
  for await (const { offset, topic, data } of node.subscribe({
    topic: ">",
    from: "earliest",
    until: "now",
  })) {
    log.push({ offset, topic, value: String(data) });
  }
  return log;
}

async function withManager<T>(
  { servers }: NatsCluster,
  work: (manager: Awaited<ReturnType<typeof jetstreamManager>>) => Promise<T>,
): Promise<T> {
  const connection = await connect({
    servers: servers.map(({ port }) => `127.0.0.1:${port}`),
    timeout: 2_000,
  });
  try {
    return await work(await jetstreamManager(connection, { checkAPI: false, timeout: 2_000 }));
  } finally {
    await connection.close();
  }
}

async function leader(cluster: NatsCluster): Promise<string> {
  let name: string | undefined;
  const find = async (): Promise<boolean> => {
    name = await withManager(
      cluster,
      async (manager) => (await manager.streams.info(STREAM)).cluster?.leader,
    ).catch(() => undefined);
    return name !== undefined && name !== "";
  };
  await until(find, "the stream has a leader", 60_000);
  return name as string;
}

async function allCurrent(cluster: NatsCluster): Promise<boolean> {
  const isCurrent = await withManager(cluster, async (manager) => {
    const { cluster: state } = await manager.streams.info(STREAM);
    return (
      state?.replicas?.length === 2 &&
      state.replicas.every(({ current, offline }) => current && offline === undefined)
    );
  }).catch(() => false);
  return isCurrent;
}
