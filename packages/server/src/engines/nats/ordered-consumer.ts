import { AckPolicy, DeliverPolicy, ReplayPolicy, type ConsumerConfig } from "@nats-io/jetstream";
import { createInbox, nanos, type Msg, type Subscription } from "@nats-io/transport-node";
import type { NatsLink } from "./link.js";
import { deliveryOf } from "./delivery.js";

/** How often a consumer says that it is alive, in ms. */
const HEARTBEAT_MS = 1_500;
/** Without a sign for so long it is made again, in ms. */
const SILENCE_MS = 4_000;
/** Between two tries to make it, in ms: at first, and at most. */
const [RETRY_MS, MAX_RETRY_MS] = [100, 2_000];

/** What a consumer follows, and who is told. */
export interface OrderedConsumerOptions {
  readonly link: NatsLink;
  readonly stream: string;
  readonly filter: string;
  /** The first message is the first of the filter after this sequence. */
  readonly after: number;
  /** Deliver only the newest message of each subject first; a key-value bucket is read so. */
  readonly isLastPerSubject?: boolean;
  /** Takes messages in their order, each once. */
  readonly onMessage: (message: Msg, sequence: number) => void;
  /** Called after messages that came together, when all were taken. */
  readonly onBatch?: () => void;
  /** Called when it is made, with the number of messages that were waiting for it. */
  readonly onCreated?: (pending: number) => void;
  /** Told `false` when messages may be missing, and `true` when every one was taken again. */
  readonly onReach?: (isCurrent: boolean) => void;
}

/**
 * Follows messages of a stream in their order, each once. The sequence that the consumer gives its
 * deliveries is checked, so that nothing is missed; whatever breaks, it is made again after the last
 * message that was taken.
 */
export class OrderedConsumer {
  readonly #options: OrderedConsumerOptions;
  readonly #watchdog: NodeJS.Timeout;
  readonly #forget: () => void;
  #position: number;
  #subscription: Subscription | undefined;
  #name: string | undefined;
  /** The consumer's own sequence of the last delivery. */
  #delivered = 0;
  #hasStarted = false;
  /** Sequence of a message that the leader had and this had not, at the last heartbeat; 0 for none. */
  #missing = 0;
  /** Whether there is no sign that messages are missing. */
  #isCurrent = true;
  /** While there is: the sequence of the last message that the leader had when it was asked. */
  #target: number | undefined;
  #heard = 0;
  #isMaking = false;
  #isStopped = false;
  #isInBatch = false;

  constructor(options: OrderedConsumerOptions) {
    this.#options = options;
    this.#position = options.after;
    this.#watchdog = setInterval(() => this.#check(), HEARTBEAT_MS).unref();
    this.#forget = options.link.onChange((isUp) => {
      if (isUp) this.#restart();
      else this.#lose();
    });
    if (!options.link.isUp) this.#lose();
    void this.#make();
  }

  /** Sequence of the last message that was taken, or where it began. */
  get position(): number {
    return this.#position;
  }

  /** Whether it runs: made, and heard of lately. */
  get isRunning(): boolean {
    return this.#name !== undefined && !this.#isStopped;
  }

  /** Ends it. */
  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    clearInterval(this.#watchdog);
    this.#forget();
    this.#drop();
  }

  #check(): void {
    if (performance.now() - this.#heard >= SILENCE_MS) {
      this.#lose();
      this.#restart();
    } else if (!this.#isCurrent && this.#target === undefined && this.isRunning) void this.#verify();
  }

  /** Messages may be missing from now on. */
  #lose(): void {
    this.#target = undefined;
    if (!this.#isCurrent || this.#isStopped) return;
    this.#isCurrent = false;
    this.#options.onReach?.(false);
  }

  /** Tells when the last message was taken that was there when it was lost. */
  #regain(): void {
    if (this.#isCurrent || this.#target === undefined || this.#position < this.#target) return;
    this.#isCurrent = true;
    this.#target = undefined;
    this.#options.onReach?.(true);
  }

  #restart(): void {
    if (this.#isStopped || this.#isMaking) return;
    this.#target = undefined;
    this.#drop();
    void this.#make();
  }

  #drop(): void {
    const { link, stream } = this.#options;
    this.#subscription?.unsubscribe();
    this.#subscription = undefined;
    const name = this.#name;
    this.#name = undefined;
    // NATS removes it by itself, later, when nobody listens any more.
    if (name !== undefined && link.isUp) link.manager.consumers.delete(stream, name).catch(() => undefined);
  }

  async #make(): Promise<void> {
    this.#isMaking = true;
    const { link, stream } = this.#options;
    for (let wait = RETRY_MS; !this.#isStopped; wait = Math.min(wait * 2, MAX_RETRY_MS)) {
      try {
        const inbox = createInbox();
        this.#delivered = 0;
        this.#subscription?.unsubscribe();
        this.#subscription = link.connection.subscribe(inbox, {
          callback: (error, message) => {
            if (error === null) this.#take(inbox, message);
          },
        });
        const current = this.#subscription;
        const { name, num_pending: pending } = await link.manager.consumers.add(stream, this.#config(inbox));
        this.#heard = performance.now();
        this.#hasStarted = true;
        if (this.#isStopped || current !== this.#subscription) {
          link.manager.consumers.delete(stream, name).catch(() => undefined);
          break;
        }
        this.#name = name;
        this.#isMaking = false;
        this.#options.onCreated?.(pending);
        if (!this.#isCurrent) void this.#verify();
        return;
      } catch {
        if (link.connection.isClosed()) break;
        await new Promise((resolve) => setTimeout(resolve, wait).unref());
      }
    }
    this.#isMaking = false;
  }

  #config(inbox: string): Partial<ConsumerConfig> {
    const isFirst = this.#options.isLastPerSubject === true && !this.#hasStarted && this.#position === 0;
    return {
      deliver_subject: inbox,
      filter_subject: this.#options.filter,
      ...(isFirst
        ? { deliver_policy: DeliverPolicy.LastPerSubject }
        : { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: this.#position + 1 }),
      ack_policy: AckPolicy.None,
      replay_policy: ReplayPolicy.Instant,
      max_deliver: 1,
      flow_control: true,
      idle_heartbeat: nanos(HEARTBEAT_MS),
      mem_storage: true,
      num_replicas: 1,
    };
  }

  #take(inbox: string, message: Msg): void {
    if (this.#isStopped || this.#subscription?.getSubject() !== inbox) return;
    this.#heard = performance.now();
    const delivery = deliveryOf(message);
    if (delivery === undefined) {
      this.#takeStatus(message);
      return;
    }
    if (delivery.consumerSequence !== this.#delivered + 1) {
      this.#restart();
      return;
    }
    this.#delivered++;
    if (delivery.sequence <= this.#position) return;
    this.#position = delivery.sequence;
    this.#options.onMessage(message, delivery.sequence);
    if (this.#isInBatch || this.#options.onBatch === undefined) return;
    this.#isInBatch = true;
    // What came in one piece from the network is taken in one turn.
    queueMicrotask(() => {
      this.#isInBatch = false;
      if (this.#isStopped) return;
      this.#options.onBatch?.();
      if (this.#target !== undefined) this.#regain();
    });
  }

  #takeStatus(message: Msg): void {
    if (message.headers?.code !== 100) return;
    // Flow control asks for an answer; a heartbeat may carry one that waits.
    if (message.reply !== undefined && message.reply !== "") message.respond();
    const stalled = message.headers.get("Nats-Consumer-Stalled");
    if (stalled !== "") this.#options.link.connection.publish(stalled);
    const last = message.headers.get("Nats-Last-Consumer");
    if (last === "") return;
    if (Number(last) === this.#delivered) void this.#verify();
    else this.#restart();
  }

  /** Makes it again if the stream's leader has a message that it has not brought, though it is idle. */
  async #verify(): Promise<void> {
    const { link, stream, filter } = this.#options;
    const position = this.#position;
    try {
      const last = await link.manager.streams.getMessage(stream, { last_by_subj: filter });
      if (!this.#isCurrent && this.isRunning) {
        this.#target = last?.seq ?? 0;
        this.#regain();
      }
      const isMissing = last !== null && last.seq > position;
      // One that is on its way is there by the next heartbeat.
      if (isMissing && this.#position === position && this.#missing === last.seq) this.#restart();
      this.#missing = isMissing ? last.seq : 0;
    } catch {
      // Whether NATS is there shows elsewhere.
    }
  }
}
