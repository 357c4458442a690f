import { expect } from "vitest";
import { collect, stockSocketClient } from "../../support/stock-client.js";
import { until } from "../../support/until.js";

/** A client that behaves, while others do not. */
export interface SteadyClient {
  /** Stops, and checks that every event it produced came back once, in order, on the one connection. */
  finish(): Promise<number>;
}

/** Produces and subscribes all the time, until it is told to finish. */
export async function steadyClient(url: string, topic = "steady"): Promise<SteadyClient> {
  let closes = 0;
  const { trpc } = stockSocketClient(url, { onClose: () => closes++ });
  const collected = collect(trpc, { topic });
  await until(() => collected.started === 1, "the steady client has subscribed");
  const state = { isFinished: false };
  const produced = (async () => {
    let count = 0;
    while (!state.isFinished) {
      await trpc.produce.mutate({ topic, data: count, id: `steady-${count}` });
      count++;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return count;
  })();
  // Looked at in the end only.
  produced.catch(() => undefined);
  return {
    async finish() {
      state.isFinished = true;
      const count = await produced;
      const items = await collected.reach(count);
      expect(items.map(({ data }) => data)).toEqual(Array.from({ length: count }, (_, index) => index));
      expect(closes).toBe(0);
      return count;
    },
  };
}
