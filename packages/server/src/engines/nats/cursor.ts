import { AckPolicy, DeliverPolicy, ReplayPolicy } from "@nats-io/jetstream";
import { createInbox, nanos, type Msg, type Subscription } from "@nats-io/transport-node";
import { deliveryOf } from "./delivery.js";
import type { NatsLink } from "./link.js";
import type { StreamMessage } from "./message.js";

/** A consumer that is not read for so long is removed by NATS, in ms. */
const IDLE_MS = 15_000;
/** How long a request waits for a message where there is none, in ms. */
const WAIT_MS = 200;
/** How long one request for messages may take, in ms. */
const FETCH_MS = 2_000;
/** Messages asked for at a time: at first, and at most. */
const [FIRST_BATCH, MAX_BATCH] = [32, 1_024];
/** A request should bring no more bytes than this. */
const BATCH_BYTES = 1_048_576;

/**
 * Reads messages of a filter forward from a sequence, as many as are wanted at a time. It breaks with an
 * error when NATS does; whoever reads makes another one.
 */
export class Cursor {
  readonly #link: NatsLink;
  readonly #stream: string;
  readonly #inbox = createInbox();
  readonly #subscription: Subscription;
  readonly #name: string;
  #onMessage: (message: Msg) => void = () => undefined;
  #buffer: StreamMessage[] = [];
  #batch = FIRST_BATCH;
  /** Messages that NATS had for it when it was last heard of. */
  #pending: number;
  /** The consumer's own sequence of the last delivery. */
  #delivered = 0;

  private constructor(link: NatsLink, stream: string, name: string, pending: number) {
    this.#pending = pending;
    this.#link = link;
    this.#stream = stream;
    this.#name = name;
    this.#subscription = link.connection.subscribe(this.#inbox, {
      callback: (error, message) => {
        if (error === null) this.#onMessage(message);
      },
    });
  }

  /** Opens a cursor before the first message of a filter at or after a sequence; `pending`: how many there were. */
  static async open(
    link: NatsLink,
    stream: { readonly name: string },
    filter: string,
    from: number,
    isHeadersOnly = false,
  ): Promise<{ readonly cursor: Cursor; readonly pending: number }> {
    const info = await link.call("open a reader", (manager) =>
      manager.consumers.add(stream.name, {
        filter_subject: filter,
        deliver_policy: DeliverPolicy.StartSequence,
        opt_start_seq: Math.max(1, from),
        ack_policy: AckPolicy.None,
        replay_policy: ReplayPolicy.Instant,
        inactive_threshold: nanos(IDLE_MS),
        mem_storage: true,
        num_replicas: 1,
        headers_only: isHeadersOnly,
      }),
    );
    const { name, num_pending: pending } = info;
    return { cursor: new Cursor(link, stream.name, name, pending), pending };
  }

  /**
   * The next message, without taking it; undefined when there is none now.
   *
   * @param isExpected - ask NATS, and wait for a moment, even if it had none the last time
   */
  async peek(isExpected = false): Promise<StreamMessage | undefined> {
    if (this.#buffer.length === 0 && (isExpected || this.#pending > 0)) {
      this.#buffer = await this.#fetch();
      // What was pending may have been purged.
      if (this.#buffer.length === 0) this.#pending = 0;
    }
    return this.#buffer[0];
  }

  /** Messages that can be taken without asking NATS. */
  get ready(): readonly StreamMessage[] {
    return this.#buffer;
  }

  /** Takes so many of the messages that are ready. */
  take(count: number): void {
    this.#buffer = this.#buffer.slice(count);
  }

  close(): void {
    this.#subscription.unsubscribe();
    if (this.#link.isUp) this.#link.manager.consumers.delete(this.#stream, this.#name).catch(() => undefined);
  }

  async #fetch(): Promise<StreamMessage[]> {
    const batch = this.#batch;
    const messages: StreamMessage[] = [];
    let bytes = 0;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("no messages in time")), FETCH_MS);
      const end = (settle: () => void): void => {
        clearTimeout(timer);
        this.#onMessage = () => undefined;
        settle();
      };
      this.#onMessage = (message) => {
        const delivery = deliveryOf(message);
        if (delivery === undefined) {
          const { code = 0, description = "" } = message.headers ?? {};
          // No messages, or not as many as were asked for.
          if (code === 404 || code === 408) end(resolve);
          else if (code !== 100) end(() => reject(new Error(`${code} ${description}`)));
          return;
        }
        if (delivery.consumerSequence !== this.#delivered + 1) {
          end(() => reject(new Error("a message was lost on the way")));
          return;
        }
        this.#delivered++;
        this.#pending = delivery.pending;
        const { subject, data, headers } = message;
        messages.push({ subject, seq: delivery.sequence, headers, data });
        bytes += data.byteLength;
        if (messages.length === batch) end(resolve);
      };
      // It ends as soon as something was delivered. Without a time it would hang where what was pending is purged.
      const request = { batch, no_wait: true, expires: nanos(WAIT_MS) };
      const subject = `$JS.API.CONSUMER.MSG.NEXT.${this.#stream}.${this.#name}`;
      this.#link.connection.publish(subject, JSON.stringify(request), { reply: this.#inbox });
    });
    if (bytes > BATCH_BYTES) this.#batch = Math.max(1, Math.floor(batch / 4));
    else if (messages.length === batch && bytes * 2 < BATCH_BYTES)
      this.#batch = Math.min(batch * 2, MAX_BATCH);
    return messages;
  }
}

/** The messages of a filter at or after a sequence, without their data, until there is no more. */
export async function* headersOf(
  link: NatsLink,
  stream: { readonly name: string },
  filter: string,
  from: number,
): AsyncGenerator<StreamMessage, void> {
  const { cursor } = await Cursor.open(link, stream, filter, from, true);
  try {
    while ((await cursor.peek()) !== undefined) {
      const { ready } = cursor;
      cursor.take(ready.length);
      yield* ready;
    }
  } finally {
    cursor.close();
  }
}
