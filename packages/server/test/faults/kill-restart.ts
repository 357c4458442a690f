import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startChildBroker, type ChildBroker } from "../engines/support/child-broker.js";

const TOPIC = "faults";
const PRODUCERS = 4;
const SUBSCRIBERS = 3;
/** How long a broker lives before it is killed, at most, in ms. */
const MAX_LIFE_MS = 250;

/** An event as the plain routes give it. */
interface PlainEvent {
  readonly offset: number;
  readonly data: string;
}

/** What was seen from outside. */
export interface Observed {
  /** What each receipt said: the data produced, by its offset. */
  readonly acknowledged: ReadonlyMap<number, string>;
  /** What is in the log at the end, in its order. */
  readonly log: readonly PlainEvent[];
  /** What each subscriber got, over all its connections. */
  readonly delivered: readonly (readonly PlainEvent[])[];
}

/** Where the broker is now; undefined while there is none. */
interface World {
  url: string | undefined;
  isOver: boolean;
}

/**
 * Kills a broker under load again and again, each time at a random moment, and starts it on the same
 * folder.
 *
 * @param kills - how often
 * @param random - 0 to 1
 * @param progress - told after each kill
 */
export async function killAndRestart(
  kills: number,
  random: () => number,
  progress: (killed: number) => void = () => undefined,
): Promise<Observed> {
  const folder = await mkdtemp(join(tmpdir(), "rtmsg-faults-"));
  const world: World = { url: undefined, isOver: false };
  const acknowledged = new Map<number, string>();
  const delivered: PlainEvent[][] = Array.from({ length: SUBSCRIBERS }, () => []);
  let broker: ChildBroker = await startChildBroker(folder);
  world.url = broker.url;
  const producers = Array.from({ length: PRODUCERS }, (_, index) => produce(world, index, acknowledged));
  const subscribers = delivered.map((events) => subscribe(world, events));
  try {
    for (let killed = 0; killed < kills; killed++) {
      await sleep(random() * MAX_LIFE_MS);
      world.url = undefined;
      await broker.end("SIGKILL");
      progress(killed + 1);
      broker = await startChildBroker(folder);
      world.url = broker.url;
    }
    world.isOver = true;
    await Promise.all(producers);
    const log = await readAll(broker.url);
    await Promise.all(subscribers.map((subscriber) => subscriber.until(log.length)));
    return { acknowledged, log, delivered };
  } finally {
    world.isOver = true;
    for (const subscriber of subscribers) subscriber.stop();
    await broker.end("SIGKILL");
    await rm(folder, { recursive: true, force: true });
  }
}

/** Produces one event after the other; one whose receipt did not come is tried again by its id. */
async function produce(world: World, producer: number, acknowledged: Map<number, string>): Promise<void> {
  for (let number = 0; !world.isOver;) {
    const data = `${producer}-${number}`;
    const receipt = await post(world.url, data);
    if (receipt === undefined) await sleep(5);
    else {
      acknowledged.set(receipt.offset, data);
      number++;
    }
  }
}

async function post(url: string | undefined, data: string): Promise<{ offset: number } | undefined> {
  if (url === undefined) return undefined;
  try {
    const response = await fetch(`${url}/produce/${TOPIC}`, {
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": data },
      body: JSON.stringify(data),
    });
    return response.ok ? ((await response.json()) as { offset: number }) : undefined;
  } catch {
    // The broker was killed before it answered.
    return undefined;
  }
}

/** Reads an event stream, and resumes it by its last id on the next broker. */
function subscribe(
  world: World,
  events: PlainEvent[],
): { readonly until: (count: number) => Promise<void>; readonly stop: () => void } {
  const stopping = new AbortController();
  let lastEventId: string | undefined;
  const listen = async (url: string): Promise<void> => {
    const headers = {
      accept: "text/event-stream",
      ...(lastEventId !== undefined && { "last-event-id": lastEventId }),
    };
    const response = await fetch(`${url}/subscribe/${TOPIC}?from=earliest`, {
      headers,
      signal: stopping.signal,
    });
    let text = "";
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const frames = (text + chunk).split("\n\n");
      text = frames.pop() ?? "";
      for (const frame of frames) {
        const id = /^id: (.*)$/m.exec(frame)?.[1];
        const data = /^data: (.*)$/m.exec(frame)?.[1];
        if (data !== undefined) events.push(JSON.parse(data) as PlainEvent);
        lastEventId = id ?? lastEventId;
      }
    }
  };
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      if (world.url !== undefined) await listen(world.url).catch(() => undefined);
      await sleep(5);
    }
  };
  void run();
  return {
    until: async (count) => {
      while (events.length < count && !stopping.signal.aborted) await sleep(5);
    },
    stop: () => stopping.abort(),
  };
}

async function readAll(url: string): Promise<PlainEvent[]> {
  const events: PlainEvent[] = [];
  let from: string | null = "earliest";
  while (from !== null) {
    const response = await fetch(`${url}/topics/${TOPIC}/events?limit=1000&from=${from}`);
    const page = (await response.json()) as { events: PlainEvent[]; next: string | null };
    events.push(...page.events);
    from = page.next;
  }
  return events;
}
