import { createClient, type Client, type RtmsgEvent } from "@rtmsg/client";
import { expect, it } from "vitest";
import { startCli, type RunningCli } from "./support/cli.js";
import { PATIENCE } from "./support/poll.js";
import { tempFolder } from "./support/temp-folder.js";

const PRODUCERS = 4;
const SUBSCRIBERS = 4;

/** Produces until it is told to stop; keeps what was acknowledged. */
class LoadingProducer {
  readonly #client: Client;
  readonly #name: string;
  readonly acknowledged = new Set<string>();
  #isStopped = false;
  readonly #ended: Promise<void>;

  constructor(url: string, name: string) {
    this.#client = createClient({ url, backoff: { baseMs: 5, maxMs: 50 } });
    this.#name = name;
    this.#ended = this.#run();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#ended;
    await this.#client.close();
  }

  async #run(): Promise<void> {
    for (let round = 0; !this.#isStopped; round++) {
      const batch = Array.from({ length: 8 }, (_, index) => `${this.#name}-${round}-${index}`);
      await Promise.all(
        batch.map(async (data) => {
          await this.#client.produce.mutate({ topic: "load", data });
          this.acknowledged.add(data);
        }),
      );
    }
  }
}

/** Reads everything from the log's beginning on. */
class Follower {
  readonly client: Client;
  readonly events: RtmsgEvent[] = [];
  failure: unknown;

  constructor(url: string) {
    this.client = createClient({ url, backoff: { baseMs: 5, maxMs: 50 } });
    void this.#run().catch((error: unknown) => (this.failure = error));
  }

  async #run(): Promise<void> {
    for await (const event of this.client.subscribe({ topic: "load", from: "earliest" })) {
      this.events.push(event);
    }
  }
}

async function stopped(broker: RunningCli): Promise<void> {
  broker.kill("SIGTERM");
  expect(await broker.ended()).toMatchObject({ code: 0 });
}

it("loses nothing and doubles nothing when a broker is stopped under load and another one follows", async () => {
  await using folder = await tempFolder();
  const serve = (port: string): RunningCli =>
    startCli(["serve", "--port", port, "--data", folder.path, "--drain-timeout", "30s"]);
  const first = serve("0");
  await using _first = first;
  const url = await first.url();
  const followers = Array.from({ length: SUBSCRIBERS }, () => new Follower(url));
  const producers = Array.from({ length: PRODUCERS }, (_, index) => new LoadingProducer(url, `p${index}`));
  const acknowledged = (): number => producers.reduce((sum, { acknowledged: { size } }) => sum + size, 0);
  await expect.poll(acknowledged, PATIENCE).toBeGreaterThan(200);
  await stopped(first);

  const before = acknowledged();
  const second = serve(new URL(url).port);
  await using _second = second;
  await second.url();
  await expect.poll(acknowledged, PATIENCE).toBeGreaterThan(before + 200);
  await Promise.all(producers.map((producer) => producer.stop()));
  const expected = producers.flatMap(({ acknowledged }) => Array.from(acknowledged));
  const hasEnded = ({ events, failure }: Follower): boolean =>
    failure !== undefined || events.length >= expected.length;
  await expect.poll(() => followers.every(hasEnded), PATIENCE).toBe(true);
  for (const { events, failure } of followers) {
    expect(failure).toBeUndefined();
    expect(new Set(events.map(({ data }) => data))).toEqual(new Set(expected));
    const offsets = events.map(({ offset }) => offset);
    expect(offsets).toEqual(Array.from({ length: expected.length }, (_, index) => index + 1));
  }
  await Promise.all(followers.map(({ client }) => client.close()));
  await stopped(second);
});
