import type { Engine } from "../log/engine.js";
import type { SubscriberProgress } from "../observe/metrics-source.js";
import type { Telemetry } from "../observe/telemetry.js";
import type { RtmsgError } from "../protocol/error.js";
import { CatchUpTurns } from "./catch-up-turns.js";
import type { FanOut } from "./fan-out.js";
import { SelectionPool } from "./selection-pool.js";
import { SharedPages } from "./shared-pages.js";
import { progressOf } from "./subscriber-progress.js";
import { Subscription, type SubscriptionInput, type SubscriptionSource } from "./subscription.js";

/** What the subscriptions of a broker have in common. */
interface Common {
  readonly engine: Engine;
  readonly fanOut: FanOut;
  /** Bytes of live events that each may hold before it is served from the log. */
  readonly maxBufferedBytes: number;
  readonly telemetry: Telemetry;
}

/** The subscriptions that are open, of every transport and of the process itself. */
export class OpenSubscriptions {
  readonly #open = new Set<Subscription>();
  readonly #selections = new SelectionPool();
  readonly #source: SubscriptionSource;

  /** @param common - the broker's parts */
  constructor(common: Common) {
    this.#source = {
      ...common,
      pages: new SharedPages(common.engine),
      turns: new CatchUpTurns(),
      onEnd: (ended) => {
        this.#open.delete(ended);
        this.#selections.release(ended.selection);
      },
    };
  }

  /** How many there are. */
  get size(): number {
    return this.#open.size;
  }

  /** How far they are. */
  get progress(): SubscriberProgress {
    return progressOf(this.#open, this.#source.fanOut.published);
  }

  /**
   * Opens one. It misses nothing of what is produced after this returns.
   *
   * @param input - checked already
   * @param signal - ends it
   */
  open(input: SubscriptionInput, signal: AbortSignal | undefined): Subscription {
    const subscription = new Subscription(this.#source, this.#selections.acquire(input.topic), input);
    this.#open.add(subscription);
    if (signal !== undefined) subscription.follow(signal);
    return subscription;
  }

  /** Ends all of them with an error. */
  failAll(error: RtmsgError): void {
    for (const subscription of this.#open) subscription.fail(error);
  }
}
