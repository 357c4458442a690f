import { setTimeout as sleep } from "node:timers/promises";
import { jetstreamManager, type JetStreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { RtmsgError } from "../../protocol/error.js";
import { connectionOptions, withoutSecrets } from "./connection-options.js";
import { whyNotConnected } from "./connect-failure.js";
import { isPassing, refused, unavailable } from "./failure.js";
import type { NatsSettings } from "./options.js";

/** How long one request waits for its answer, in ms. */
const REQUEST_MS = 2_000;
/** Between two tries of a request, in ms: at first, and at most. */
const [RETRY_MS, MAX_RETRY_MS] = [50, 500];

/** The connection to NATS: it connects again by itself, and requests are tried again while it does. */
export class NatsLink {
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
  readonly timeoutMs: number;
  readonly #onChange = new Set<(isUp: boolean) => void>();
  #isUp = true;

  private constructor(connection: NatsConnection, manager: JetStreamManager, settings: NatsSettings) {
    this.connection = connection;
    this.manager = manager;
    this.timeoutMs = settings.timeoutMs;
    void this.#watch(settings);
  }

  /**
   * Connects.
   *
   * @throws Error when no server answers, or it refuses the credentials
   */
  static async open(settings: NatsSettings): Promise<NatsLink> {
    const names = settings.servers.map(withoutSecrets).join(", ");
    const options = connectionOptions(settings);
    let connection: NatsConnection;
    try {
      connection = await connect(options);
    } catch (cause) {
      throw new Error(`No NATS server can be used at ${names} ${whyNotConnected(cause)}`, { cause });
    }
    const manager = await jetstreamManager(connection, { timeout: REQUEST_MS, checkAPI: false });
    return new NatsLink(connection, manager, settings);
  }

  /** Whether there is a connection now. */
  get isUp(): boolean {
    return this.#isUp;
  }

  /** Calls back when the connection is lost, and when it is there again; returns what ends that. */
  onChange(callback: (isUp: boolean) => void): () => void {
    this.#onChange.add(callback);
    return () => this.#onChange.delete(callback);
  }

  /**
   * Makes a request, again and again while NATS is away or has no leader.
   *
   * @param what - names it in the failure: "NATS did not ..."
   * @throws RtmsgError `UNAVAILABLE` when the time is over; what JetStream refuses
   */
  async call<T>(what: string, request: (manager: JetStreamManager) => Promise<T>): Promise<T> {
    const deadline = performance.now() + this.timeoutMs;
    for (let wait = RETRY_MS; ; wait = Math.min(wait * 2, MAX_RETRY_MS)) {
      try {
        return await request(this.manager);
      } catch (error) {
        if (error instanceof RtmsgError) throw error;
        if (!isPassing(error)) throw refused(error);
        if (this.connection.isClosed() || performance.now() + wait > deadline) {
          throw unavailable(what, this.timeoutMs, error);
        }
        await sleep(wait);
      }
    }
  }

  /**
   * Waits for something that NATS is to bring, as long as a call may take.
   *
   * @param what - names it in the failure: "NATS did not ..."
   * @param wait - given a signal that is aborted when the time is over
   * @throws RtmsgError `UNAVAILABLE`
   */
  async inTime<T>(what: string, wait: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const over = new AbortController();
    const timer = setTimeout(() => over.abort(unavailable(what, this.timeoutMs)), this.timeoutMs);
    try {
      return await wait(over.signal);
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    await this.connection.close();
  }

  async #watch({ logger }: NatsSettings): Promise<void> {
    for await (const status of this.connection.status()) {
      if (status.type === "disconnect") {
        logger.warn({ server: status.server }, "NATS is away");
        this.#change(false);
      } else if (status.type === "reconnect") {
        logger.info({ server: status.server }, "NATS is back");
        this.#change(true);
      } else if (status.type === "error") {
        logger.error({ error: status.error }, "NATS reports an error");
      }
    }
  }

  #change(isUp: boolean): void {
    this.#isUp = isUp;
    for (const callback of this.#onChange) callback(isUp);
  }
}
