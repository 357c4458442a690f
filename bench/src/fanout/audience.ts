import type { Resources } from "../harness/resources.js";
import { openSubscribers, type Connection } from "./connection.js";
import type { Peer } from "./peers.js";
import { TOPIC } from "./protocols/protocol.js";
import { Receiver } from "./receiver.js";

/** Who subscribes to what. */
export interface AudienceOptions {
  readonly subscribers: number;
  /** Topics, of which each subscriber has one: event n goes to topic n modulo their number. @default [TOPIC] */
  readonly topics?: readonly string[] | undefined;
  /** Whether each has a request id of its own. */
  readonly hasOwnIds?: boolean | undefined;
}

/** The subscribers of a server: counts what they get, and checks that each gets exactly what was sent, in order. */
export class Audience {
  /** Events that subscribers got, in all. */
  delivered = 0;
  /** Is called when some came. */
  onDelivery: () => void = () => undefined;
  /** Is called for each event that comes. */
  onEvent: (number: number) => void = () => undefined;
  readonly topics: readonly string[];
  /** Subscribers that get an event. */
  readonly perEvent: number;
  readonly #connections: readonly Connection[];
  readonly #receivers: readonly Receiver[];
  #failure: Error | undefined;

  private constructor(connections: readonly Connection[], topics: readonly string[]) {
    this.topics = topics;
    this.perEvent = connections.length / topics.length;
    this.#connections = connections;
    this.#receivers = connections.map((connection, index) =>
      this.#receive(connection, index % topics.length),
    );
  }

  static async open(
    resources: Resources,
    port: number,
    { protocol }: Peer,
    { subscribers, topics = [TOPIC], hasOwnIds = false }: AudienceOptions,
  ): Promise<Audience> {
    const connections = await openSubscribers(port, protocol, subscribers, (index) =>
      protocol.subscribe(topics[index % topics.length] as string, hasOwnIds ? 1_000 + index : 1),
    );
    for (const connection of connections) resources.keep(connection);
    return new Audience(connections, topics);
  }

  /** Deliveries of so many events that are still to come. */
  due(sent: number): number {
    return sent * this.perEvent - this.delivered;
  }

  tellAlive(): void {
    for (const connection of this.#connections) connection.tellAlive();
  }

  /** Stops to read, as slow subscribers do. */
  pause(): void {
    for (const connection of this.#connections) connection.pause();
  }

  resume(): void {
    for (const connection of this.#connections) connection.resume();
  }

  /** Throws unless no connection failed, and each subscriber got exactly what it was to get of what was sent. */
  verify(sent: number): void {
    if (this.#failure !== undefined) throw this.#failure;
    const step = this.topics.length;
    for (const [index, { next, failure }] of this.#receivers.entries()) {
      if (failure !== undefined)
        throw new Error(`A subscriber did not get what was sent: ${failure.message}`);
      // The first of its numbers that is not sent yet.
      const topic = index % step;
      const expected = topic + Math.ceil(Math.max(0, sent - topic) / step) * step;
      if (next !== expected)
        throw new Error(
          `A subscriber waits for event ${next}, of ${sent} that were sent, instead of ${expected}`,
        );
    }
  }

  /** Throws when a connection failed. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  #receive(connection: Connection, first: number): Receiver {
    const receiver = new Receiver({ first, step: this.topics.length }, (number) => this.onEvent(number));
    connection.onData = (chunk) => {
      const count = receiver.take(chunk);
      this.delivered += count;
      if (count > 0) this.onDelivery();
    };
    connection.onFailure = (error) => {
      this.#failure ??= error;
    };
    return receiver;
  }
}
