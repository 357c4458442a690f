import { setTimeout as delay } from "node:timers/promises";
import type { Broker } from "../broker/broker.js";
import type { BrokerStats, ConnectionPage, ListConnectionsInput } from "../protocol/admin.js";
import type { Access } from "../security/access.js";

/** How often `admin.watch` yields, in ms. */
const WATCH_MS = 1_000;

/** What an administrator may ask of a broker and do to it; each call asks for the right `admin` first. */
export class Administrator {
  readonly #broker: Broker;

  constructor(broker: Broker) {
    this.#broker = broker;
  }

  /** What the broker does. @throws RtmsgError `FORBIDDEN` */
  async stats(access: Access): Promise<BrokerStats> {
    access.require("admin");
    return this.#broker.stats();
  }

  /** The same, now and then every second. @throws RtmsgError `FORBIDDEN`, also when the right is lost */
  async *watch(access: Access, signal: AbortSignal | undefined): AsyncGenerator<BrokerStats, void> {
    for (;;) {
      if (signal?.aborted === true) return;
      yield await this.stats(access);
      await delay(WATCH_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** A page of the connections. @throws RtmsgError `FORBIDDEN` */
  connections(input: ListConnectionsInput, access: Access): ConnectionPage {
    access.require("admin");
    return this.#broker.telemetry.connections.list(input);
  }

  /** Closes a connection; its client may come back. @throws RtmsgError `FORBIDDEN` */
  disconnect(id: string, access: Access): { readonly disconnected: boolean } {
    access.require("admin");
    return { disconnected: this.#broker.telemetry.connections.disconnect(id) };
  }

  /** Removes a topic's events before an offset. @throws RtmsgError `FORBIDDEN`, `TOPIC_UNKNOWN` */
  async trim(
    { topic, before }: { readonly topic: string; readonly before: number },
    access: Access,
  ): Promise<{ readonly trimmed: number }> {
    access.require("admin");
    return { trimmed: await this.#broker.trim(topic, before) };
  }

  /** Removes a topic's events, all of them. @throws RtmsgError `FORBIDDEN`, `TOPIC_UNKNOWN` */
  async deleteTopic(topic: string, access: Access): Promise<{ readonly trimmed: number }> {
    access.require("admin");
    return { trimmed: await this.#broker.deleteTopic(topic) };
  }
}
