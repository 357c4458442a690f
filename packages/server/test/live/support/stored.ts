import { createBroker } from "../../../src/create-broker.js";
import type { StoredEvent } from "../../../src/log/stored-event.js";

/** An event to be produced. */
export interface Produced {
  readonly topic: string;
  readonly data: unknown;
  readonly id?: string;
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Events as a log keeps them. */
export interface Stored {
  readonly epoch: string;
  readonly events: readonly StoredEvent[];
}

/** What a log makes of events. */
export async function stored(inputs: readonly Produced[]): Promise<Stored> {
  await using broker = await createBroker({ limits: { eventBytes: 4 * 1_048_576 } });
  const events: StoredEvent[] = [];
  broker.fanOut.add(">", { take: (event) => void events.push(event) });
  const receipts = await Promise.all(inputs.map((input) => broker.produce(input)));
  if (events.length !== receipts.length) throw new Error("Not every event was committed");
  return { epoch: broker.epoch, events };
}
