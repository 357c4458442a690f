import { signal, type ReadonlySignal } from "@preact/signals";
import {
  isEvent,
  type Client,
  type From,
  type Gap,
  type Mark,
  type RtmsgError,
  type RtmsgEvent,
} from "@rtmsg/client";
import { parseFilter, type EventFilter } from "./event-filter.js";
import { gapText, type Row } from "./row.js";

/** Rows that are kept. */
const MAX_ROWS = 10_000;
/** Events of the past after which it waits to be told to go on: more at once nobody reads. */
const PAST_STEP = 5_000;
/** A page that is not looked at has no frames. */
const HIDDEN_MS = 500;
/** How many of the last shows the rate is of. */
const RATE_MS = 2_000;

/**
 * What a tail does: `past` reads what was, `held` has read a step of it and waits, `live` shows what comes,
 * `failed` has ended with an error.
 */
type TailStatus = "starting" | "past" | "held" | "live" | "stale" | "failed";

/** What a tail shows, replaced once a frame. */
export interface TailView {
  readonly status: TailStatus;
  readonly isPaused: boolean;
  readonly error: RtmsgError | undefined;
  /** The rows that the filter lets through. The array is the same one, and grows. */
  readonly rows: readonly Row[];
  /** Rows that were let go of at the front of `rows`, so far. */
  readonly dropped: number;
  /** Events held, shown or not. */
  readonly held: number;
  /** Events per second. */
  readonly rate: number;
}

const FRESH: TailView = {
  status: "starting",
  isPaused: false,
  error: undefined,
  rows: [],
  dropped: 0,
  held: 0,
  rate: 0,
};

/**
 * The newest events of a topic or pattern, as a list. While it is paused, or past a step of the past, it does
 * not read: the client then stops the subscription and takes it up where it was, so that nothing is missed and
 * nothing piles up.
 */
export class Tail {
  readonly #client: Client;
  readonly #topic: string;
  readonly #view = signal<TailView>(FRESH);
  #next: TailView = FRESH;
  #all: Row[] = [];
  #shown: Row[] = [];
  #arrived: Row[] = [];
  #filter: EventFilter | undefined;
  #run = new AbortController();
  #number = 0;
  #pastRead = 0;
  /** Whether what has come since the last frame may be of the past. */
  #wasPast = true;
  #release: (() => void) | undefined;
  #gate: Promise<void> | undefined;
  #cancelFrame: (() => void) | undefined;
  #recent: { readonly at: number; readonly events: number }[] = [];

  readonly view: ReadonlySignal<TailView> = this.#view;

  constructor(client: Client, topic: string) {
    this.#client = client;
    this.#topic = topic;
  }

  /** Starts over, somewhere. */
  start(from: From): void {
    this.stop();
    this.#run = new AbortController();
    this.#all = [];
    this.#shown = [];
    this.#arrived = [];
    this.#pastRead = 0;
    this.#wasPast = true;
    this.#recent = [];
    this.#open();
    this.#next = FRESH;
    this.#view.value = FRESH;
    void this.#read(from, this.#run.signal);
  }

  /** Lets go of the subscription. */
  stop(): void {
    this.#run.abort();
    this.#open();
    this.#cancelFrame?.();
    this.#cancelFrame = undefined;
  }

  /** Stops where it is. */
  pause(): void {
    this.#flush();
    this.#close();
    this.#change({ isPaused: true });
  }

  /** Goes on where it stopped. */
  resume(): void {
    this.#pastRead = 0;
    if (this.#next.status === "held") this.#change({ status: "past" });
    this.#change({ isPaused: false });
    this.#open();
  }

  /** Shows only some events; the others are still held. */
  filter(text: string): void {
    this.#filter = parseFilter(text);
    this.#flush();
    const { dropped } = this.#next;
    this.#shown = this.#all.filter((row) => this.#isShown(row));
    this.#change({ rows: this.#shown, dropped });
    this.#flush();
  }

  async #read(from: From, stop: AbortSignal): Promise<void> {
    try {
      const items = this.#client.subscribe({
        topic: this.#topic,
        from,
        onGap: "report",
        marks: true,
        signal: stop,
      });
      for await (const item of items) {
        while (this.#gate !== undefined) await this.#gate;
        if (stop.aborted) return;
        this.#take(item);
      }
    } catch (error) {
      if (!stop.aborted) this.#change({ status: "failed", error: error as RtmsgError });
    }
  }

  #take(item: RtmsgEvent | Gap | Mark): void {
    this.#number += 1;
    if (isEvent(item)) {
      this.#arrived.push({ kind: "event", number: this.#number, event: item });
      if (this.#next.status === "past" && (this.#pastRead += 1) >= PAST_STEP) {
        this.#close();
        this.#change({ status: "held" });
      }
    } else if (item.type === "gap") {
      this.#arrived.push({ kind: "gap", number: this.#number, text: gapText(item) });
    } else if (item.type === "start") {
      this.#change({ status: "past" });
    } else if (item.type === "stale") {
      this.#change({ status: "stale" });
    } else if (this.#next.status === "stale") {
      this.#change({ status: "live" });
    } else if (this.#next.status !== "live") {
      if (this.#all.length + this.#arrived.length > 0) {
        this.#arrived.push({ kind: "live", number: this.#number, text: "Live from here" });
      }
      this.#change({ status: "live" });
    }
    this.#schedule();
  }

  #close(): void {
    this.#gate ??= new Promise((resolve) => (this.#release = resolve));
  }

  #open(): void {
    this.#gate = undefined;
    this.#release?.();
    this.#release = undefined;
  }

  #change(change: Partial<TailView>): void {
    this.#next = { ...this.#next, ...change };
    this.#schedule();
  }

  /** Shows what has come with the next frame: a thousand events a second are not a thousand renderings. */
  #schedule(): void {
    if (this.#cancelFrame !== undefined) return;
    const show = (): void => {
      this.#cancelFrame = undefined;
      this.#flush();
    };
    if (document.hidden) {
      const timer = setTimeout(show, HIDDEN_MS);
      this.#cancelFrame = () => clearTimeout(timer);
    } else {
      const frame = requestAnimationFrame(show);
      this.#cancelFrame = () => cancelAnimationFrame(frame);
    }
  }

  #flush(): void {
    const arrived = this.#arrived;
    this.#arrived = [];
    const isFiltered = this.#filter !== undefined;
    if (!isFiltered && this.#shown !== this.#all) this.#shown = this.#all;
    for (const row of arrived) {
      this.#all.push(row);
      if (isFiltered && this.#isShown(row)) this.#shown.push(row);
    }
    const events = arrived.filter(({ kind }) => kind === "event").length;
    // How fast the past can be read says nothing of the topic.
    const rate = this.#rate(this.#next.status === "live" && !this.#wasPast ? events : 0);
    this.#wasPast = this.#next.status !== "live";
    const dropped = this.#next.dropped + this.#drop();
    this.#next = { ...this.#next, rows: this.#shown, dropped, held: this.#all.length, rate };
    this.#view.value = this.#next;
    // A rate falls by itself.
    if (rate > 0 && !this.#next.isPaused) this.#schedule();
  }

  /** Lets go of the oldest rows; returns how many of those that are shown. */
  #drop(): number {
    const excess = this.#all.length - MAX_ROWS;
    if (excess <= 0) return 0;
    this.#all.splice(0, excess);
    if (this.#shown === this.#all) return excess;
    const oldest = this.#all[0]?.number ?? 0;
    const kept = this.#shown.findIndex(({ number }) => number >= oldest);
    const gone = kept === -1 ? this.#shown.length : kept;
    this.#shown.splice(0, gone);
    return gone;
  }

  #rate(events: number): number {
    const now = performance.now();
    if (events > 0) this.#recent.push({ at: now, events });
    while ((this.#recent[0]?.at ?? now) < now - RATE_MS) this.#recent.shift();
    const sum = this.#recent.reduce((total, one) => total + one.events, 0);
    return (sum * 1_000) / RATE_MS;
  }

  #isShown(row: Row): boolean {
    return row.kind !== "event" || (this.#filter?.(row.event) ?? true);
  }
}
