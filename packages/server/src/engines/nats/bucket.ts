import { DiscardPolicy, type StreamConfig } from "@nats-io/jetstream";
import type { Msg } from "@nats-io/transport-node";
import { JS_ERROR, jsCodeOf } from "./failure.js";
import type { NatsLink } from "./link.js";
import { OrderedConsumer } from "./ordered-consumer.js";
import { publishExpecting } from "./publish-expecting.js";

/** An entry of the bucket. */
export interface BucketEntry {
  readonly key: string;
  readonly value: unknown;
  readonly revision: number;
}

/**
 * A key-value bucket of NATS, followed: what this node and others put is told here in the order of its
 * revisions.
 */
export class Bucket {
  readonly #link: NatsLink;
  readonly #stream: string;
  readonly #prefix: string;
  readonly #onEntry: (entry: BucketEntry) => void;
  #consumer: OrderedConsumer | undefined;
  #revision = 0;
  #waiting: { readonly revision: number; readonly resolve: () => void }[] = [];

  private constructor(link: NatsLink, name: string, onEntry: (entry: BucketEntry) => void) {
    this.#link = link;
    this.#stream = `KV_${name}`;
    this.#prefix = `$KV.${name}.`;
    this.#onEntry = onEntry;
  }

  /**
   * Makes the bucket if there is none, and reads it.
   *
   * @param name - the bucket's
   * @param like - the stream whose replicas and storage it is to have
   * @param onEntry - told of each entry there is, and of each that comes
   */
  static async open(
    link: NatsLink,
    name: string,
    like: StreamConfig,
    onEntry: (entry: BucketEntry) => void,
  ): Promise<Bucket> {
    const bucket = new Bucket(link, name, onEntry);
    await bucket.#make(like);
    bucket.#consumer = new OrderedConsumer({
      link,
      stream: bucket.#stream,
      filter: `${bucket.#prefix}>`,
      after: 0,
      isLastPerSubject: true,
      onMessage: (message, revision) => bucket.#take(message, revision),
      onBatch: () => bucket.#wake(),
    });
    await bucket.sync();
    return bucket;
  }

  /** Resolves when everything that was put before this call has been told here. */
  async sync(): Promise<void> {
    const { state } = await this.#link.call("answer for its bucket", (manager) =>
      manager.streams.info(this.#stream),
    );
    await this.#reached(state.last_seq);
  }

  /**
   * Puts a value if the key's revision is still the given one.
   *
   * @param revision - 0 for a key that is not there
   * @returns whether it was put; it has been told here then
   */
  async put(key: string, value: unknown, revision: number): Promise<boolean> {
    const subject = `${this.#prefix}${key}`;
    const stored = await publishExpecting(this.#link, subject, JSON.stringify(value), revision);
    if (stored === undefined) return false;
    await this.#reached(stored);
    return true;
  }

  close(): void {
    this.#consumer?.stop();
    this.#wake(Number.POSITIVE_INFINITY);
  }

  #take(message: Msg, revision: number): void {
    const key = message.subject.slice(this.#prefix.length);
    this.#revision = revision;
    // A key that was deleted by hand has no value.
    if (message.data.byteLength > 0) this.#onEntry({ key, value: message.json(), revision });
  }

  async #reached(revision: number): Promise<void> {
    if (this.#revision >= revision) return;
    const wait = (signal: AbortSignal): Promise<void> =>
      new Promise((resolve, reject) => {
        const waiter = { revision, resolve };
        this.#waiting.push(waiter);
        signal.addEventListener("abort", () => {
          this.#waiting = this.#waiting.filter((other) => other !== waiter);
          reject(signal.reason as Error);
        });
      });
    await this.#link.inTime("deliver what its bucket holds", wait);
  }

  #wake(revision = this.#revision): void {
    const waiting = this.#waiting;
    this.#waiting = waiting.filter((waiter) => waiter.revision > revision);
    for (const waiter of waiting) {
      if (waiter.revision <= revision) waiter.resolve();
    }
  }

  async #make({ storage, num_replicas: replicas }: StreamConfig): Promise<void> {
    await this.#link.call("make its bucket", async (manager) => {
      try {
        await manager.streams.info(this.#stream);
      } catch (error) {
        if (jsCodeOf(error) !== JS_ERROR.streamNotFound) throw error;
        try {
          await manager.streams.add({
            name: this.#stream,
            subjects: [`${this.#prefix}>`],
            description: "What rtmsg has trimmed of each topic",
            max_msgs_per_subject: 1,
            discard: DiscardPolicy.New,
            allow_rollup_hdrs: true,
            deny_delete: true,
            allow_direct: true,
            storage,
            num_replicas: replicas,
          });
        } catch (cause) {
          // Another node was faster.
          if (jsCodeOf(cause) !== JS_ERROR.streamNameInUse) throw cause;
        }
      }
    });
  }
}
