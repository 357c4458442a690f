import { isEvent, type Client, type From, type Gap, type Mark, type RtmsgEvent } from "../public.js";
import { INITIAL_STATE, type TopicState } from "./topic-state.js";

/** Shortest time between two changes that components see, in ms: a frame of a screen. */
const FRAME_MS = 16;

/** A topic, and how to follow it. */
export interface FeedOptions {
  readonly topic: string;
  readonly from: From | undefined;
  readonly onGap: "error" | "earliest" | "report";
  /** Events to hold. */
  readonly limit: number;
}

/**
 * The newest events of a topic, as `useSyncExternalStore` wants them. It subscribes with its first
 * listener and ends with its last; a listener that comes after that goes on where it was, so that a
 * component that is mounted twice (StrictMode), or hidden for a while, sees each event once.
 */
export class TopicFeed {
  readonly #client: Client;
  readonly #options: FeedOptions;
  readonly #listeners = new Set<() => void>();
  #state: TopicState = INITIAL_STATE;
  /** Changes that components have not seen yet. */
  #next: TopicState = INITIAL_STATE;
  /** Events that are not in `#next` yet. */
  #arrived: RtmsgEvent[] = [];
  #cursor: string | undefined;
  #end: (() => void) | undefined;
  #frame: ReturnType<typeof setTimeout> | undefined;

  constructor(client: Client, options: FeedOptions) {
    this.#client = client;
    this.#options = options;
  }

  readonly getState = (): TopicState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) this.#start();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#stop();
    };
  };

  #start(): void {
    const { topic, from, onGap } = this.#options;
    const position = this.#cursor === undefined ? from : { cursor: this.#cursor };
    let isOver = false;
    const only =
      <Args extends unknown[]>(act: (...args: Args) => void) =>
      (...args: Args): void => {
        // What is on its way when the subscription is ended is no more of ours.
        if (!isOver) act(...args);
      };
    const subscription = this.#client.subscribe.subscribe(
      { topic, from: position, onGap, marks: true },
      {
        onData: only((item: RtmsgEvent | Gap | Mark) => this.#take(item)),
        onError: only((error) => this.#change({ status: "failed", error })),
        onComplete: only(() => this.#change({ status: "closed" })),
      },
    );
    this.#end = () => {
      isOver = true;
      subscription.unsubscribe();
    };
  }

  #stop(): void {
    this.#end?.();
    this.#end = undefined;
    clearTimeout(this.#frame);
    this.#frame = undefined;
    // Nobody listens; who comes next sees what is there.
    this.#show();
  }

  #take(item: RtmsgEvent | Gap | Mark): void {
    this.#cursor = item.cursor;
    if (isEvent(item)) {
      this.#arrived.push(item);
      // What would not be shown need not be held.
      if (this.#arrived.length >= 2 * this.#options.limit) this.#arrived = this.#newest(this.#arrived);
      this.#schedule();
    } else if (item.type === "gap") {
      this.#change({ gap: item });
    } else if (item.type === "start") {
      // A feed that goes on has had its past.
      if (this.#next.status !== "live" && this.#next.status !== "stale")
        this.#change({ status: "catchingUp" });
    } else {
      const status = item.type === "stale" ? "stale" : "live";
      if (this.#next.status !== status) this.#change({ status });
    }
  }

  #change(change: Partial<TopicState>): void {
    this.#next = { ...this.#next, ...change };
    this.#schedule();
  }

  /** Shows what has come by the next frame: a thousand events a second are not a thousand renderings. */
  #schedule(): void {
    this.#frame ??= setTimeout(() => {
      this.#frame = undefined;
      this.#show();
      for (const listener of this.#listeners) listener();
    }, FRAME_MS);
  }

  #show(): void {
    if (this.#arrived.length > 0) {
      this.#next = { ...this.#next, events: this.#newest([...this.#next.events, ...this.#arrived]) };
      this.#arrived = [];
    }
    this.#state = this.#next;
  }

  #newest(events: RtmsgEvent[]): RtmsgEvent[] {
    return events.length > this.#options.limit ? events.slice(-this.#options.limit) : events;
  }
}
