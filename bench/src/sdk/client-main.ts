// A client in a process of its own (see client-process.ts).
import { DIGITS, MARK, markedData } from "../fanout/mark.js";
import type {
  ClientKind,
  ClientMessage,
  ClientSetup,
  ClientTask,
  ClientWork,
  ProduceTask,
  ReceiveTask,
} from "./client-process.js";
import type { BenchClient, BenchProducer } from "./clients/bench-client.js";

const STALL_MS = 60_000;

/** Each loads only itself. */
const CLIENTS: Readonly<Record<ClientKind, (port: number) => Promise<BenchProducer | BenchClient>>> = {
  rtmsg: async (port) => (await import("./clients/rtmsg.js")).rtmsgClient(port),
  "stock-trpc": async (port) => (await import("./clients/stock-trpc.js")).stockTrpcClient(port),
  jetstream: async (port) => (await import("./clients/jetstream.js")).jetStreamClient(port),
  "socket-io": async (port) => (await import("./clients/socket-io.js")).socketIoClient(port),
};

const { kind, port } = JSON.parse(process.argv[2] ?? "") as ClientSetup;
const client = CLIENTS[kind](port);
process.once("disconnect", () => process.exit(1));
process.on("message", (task: ClientTask) => {
  run(task)
    .then(tell)
    .catch((error: unknown) => tell({ kind: "failed", why: String(error) }));
});

function tell(message: ClientMessage): void {
  process.send?.(message);
}

async function run(task: ClientTask): Promise<ClientMessage> {
  return { kind: "done", work: await (task.task === "produce" ? produce(task) : receive(task)) };
}

/** How long something took from now on. */
function stopwatch(): (events: number) => ClientWork {
  const start = performance.now();
  const before = process.cpuUsage();
  return (events) => {
    const { user, system } = process.cpuUsage(before);
    return { events, seconds: (performance.now() - start) / 1_000, cpuMicros: (user + system) / events };
  };
}

async function produce({ topic, bytes, underWay, ms }: ProduceTask): Promise<ClientWork> {
  const through = await client;
  let events = 0;
  const work = stopwatch();
  const end = performance.now() + ms;
  const caller = async (): Promise<void> => {
    while (performance.now() < end) await through.produce(topic, markedData(events++, bytes));
  };
  await Promise.all(Array.from({ length: underWay }, caller));
  return work(events);
}

async function receive({ topic, from, events }: ReceiveTask): Promise<ClientWork> {
  const through = await client;
  if (!("receive" in through)) throw new Error(`${kind} only produces`);
  let received = 0;
  let first = 0;
  let work = stopwatch();
  let failure: Error | undefined;
  const onReady = (): void => {
    if (from === "earliest") return;
    work = stopwatch();
    tell({ kind: "ready" });
  };
  const onData = (data: string): boolean => {
    const number = Number(data.slice(MARK.length, MARK.length + DIGITS));
    if (received === 0) first = number;
    if (number !== first + received)
      failure = new Error(`event ${number} came after ${received} of ${first}`);
    received += 1;
    return received < events && failure === undefined;
  };
  let timer: NodeJS.Timeout | undefined;
  const stalled = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${received} of ${events} events came`)), STALL_MS);
  });
  await Promise.race([through.receive({ topic, from, onReady, onData }), stalled]);
  clearTimeout(timer);
  if (failure !== undefined) throw failure;
  return work(events);
}
