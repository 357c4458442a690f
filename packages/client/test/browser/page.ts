import { createClient } from "@rtmsg/client";
import type { TestTopics } from "../support/topics.js";

/** What the page of the browser test can be asked. */
export interface PageProbe {
  /** The numbers that the subscription has yielded, in their order. */
  readonly seen: number[];
  /** How the subscription failed, if it did. */
  readonly failures: string[];
  /** Produces the numbers from `first` to `last`, all at once; resolves to how many were stored. */
  produce(first: number, last: number): Promise<number>;
  /** The states that the connection has been in. */
  readonly states: string[];
}

declare global {
  var probe: PageProbe;
}

const url = new URL(location.href).searchParams.get("broker") ?? "";
const client = createClient<TestTopics>({ url, backoff: { baseMs: 4, maxMs: 64 } });
const seen: number[] = [];
const failures: string[] = [];
const states: string[] = [];
client.connection.subscribe(({ state }) => states.push(state));

async function read(): Promise<void> {
  for await (const event of client.subscribe({ topic: "logs.browser" })) seen.push(event.data.n);
}

read().catch((error: unknown) => failures.push(String(error)));

globalThis.probe = {
  seen,
  failures,
  states,
  async produce(first, last) {
    const numbers = Array.from({ length: last - first + 1 }, (_, index) => first + index);
    const receipts = await Promise.all(
      numbers.map((n) => client.produce.mutate({ topic: "logs.browser", data: { n } })),
    );
    return new Set(receipts.map(({ offset }) => offset)).size;
  },
};
