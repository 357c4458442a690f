import { Broker } from "../../../../src/broker/broker.js";
import type { NatsSettings } from "../../../../src/engines/nats/options.js";
import { openNats } from "./open-nats.js";

/** A broker on the log that others share. */
export function openNode(url: string, more: Partial<NatsSettings> = {}): Promise<Broker> {
  return Broker.open((settings) => openNats(url, settings, more), {});
}

/** What a producer stored, and what a subscriber saw. */
export interface Seen {
  readonly offset: number;
  readonly value: unknown;
}

/** Follows a selection, and keeps what comes, until the signal. */
export function follow(broker: Broker, topic: string, seen: Seen[], signal: AbortSignal): Promise<void> {
  const following = (async (): Promise<void> => {
    for await (const { offset, data } of broker.subscribe({ topic, from: "earliest", signal })) {
      seen.push({ offset, value: data });
    }
  })();
  // A test that fails before it awaits this fails by itself.
  following.catch(() => undefined);
  return following;
}
