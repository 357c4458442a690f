import type { Resources } from "../harness/resources.js";
import { Connection } from "./connection.js";
import { markedData } from "./mark.js";
import type { Peer } from "./peers.js";
import { TOPIC, type Protocol } from "./protocols/protocol.js";

/** Sends numbered events on a connection of its own. */
export class Publisher {
  /** Events sent; the number of the next one. */
  sent = 0;
  readonly #connection: Connection;
  readonly #protocol: Protocol;
  readonly #topics: readonly string[];
  readonly #bytes: number;
  #failure: Error | undefined;

  private constructor(connection: Connection, protocol: Protocol, topics: readonly string[], bytes: number) {
    this.#connection = connection;
    this.#protocol = protocol;
    this.#topics = topics;
    this.#bytes = bytes;
    connection.onFailure = (error) => {
      this.#failure ??= error;
    };
  }

  /** @param topics - topics that get the events in turn */
  static async open(
    resources: Resources,
    port: number,
    { protocol }: Peer,
    { bytes, topics = [TOPIC] }: { readonly bytes: number; readonly topics?: readonly string[] | undefined },
  ): Promise<Publisher> {
    const connection = resources.keep(await Connection.open(port, protocol));
    return new Publisher(connection, protocol, topics, bytes);
  }

  send(count: number): void {
    const events = Array.from({ length: count }, (_, index) => ({
      topic: this.#topics[(this.sent + index) % this.#topics.length] as string,
      data: markedData(this.sent + index, this.#bytes),
    }));
    // Ids apart from those of subscriptions.
    this.#connection.write(this.#protocol.publish(events, 1_000_000 + this.sent));
    this.sent += count;
  }

  tellAlive(): void {
    this.#connection.tellAlive();
  }

  /** Throws when the connection failed. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}
