import { setImmediate as nextTurn } from "node:timers/promises";
import type { Engine, LogPage, PageLimits } from "../log/engine.js";
import { Selection } from "../log/selection.js";
import type { StoredEvent } from "../log/stored-event.js";
import { formatCursor } from "../protocol/cursor.js";
import type { RtmsgError } from "../protocol/error.js";
import type { Gap, Mark } from "../protocol/event.js";
import type { SubscribeInput } from "../protocol/inputs.js";
import type { FanOut } from "./fan-out.js";
import { findFirstAfter } from "./first-event.js";
import { gapError } from "./gap-error.js";
import { LiveBuffer } from "./live-buffer.js";
import { findStart } from "./start-position.js";

/** What a subscription delivers: an event as it is stored, or an item about the stream itself. */
export type Delivery = StoredEvent | Mark | Gap;

/** Whether a delivery is an event. */
export function isStoredEvent(delivery: Delivery): delivery is StoredEvent {
  return !("type" in delivery);
}

/** What a subscription needs of its broker. */
export interface SubscriptionSource {
  readonly engine: Engine;
  readonly fanOut: FanOut;
  /** Bytes of live events that a subscription may hold before it is served from the log. */
  readonly maxBufferedBytes: number;
  /** Called once, when the subscription has ended. */
  readonly onEnd: (subscription: Subscription) => void;
}

/** How much of the log is read at a time. */
const PAGE: PageLimits = { maxEvents: 1_000, maxBytes: 262_144 };

/**
 * One subscription: first the past from the log (catch-up), then what is committed (live). It is
 * registered with the fan-out from the moment it is made, so nothing falls between the two; when its
 * reader is slower than the events it goes back to the log, and joins again at its end.
 */
export class Subscription {
  readonly selection: Selection;
  readonly #source: SubscriptionSource;
  readonly #input: SubscribeInput;
  readonly #buffer: LiveBuffer;
  readonly #leave: () => void;
  readonly #deliveries: AsyncGenerator<readonly Delivery[], void>;
  /** The log's end when the subscription was made: the past ends there. */
  readonly #born: number;
  #position = 0;
  #knownTrim = 0;
  #isClosed = false;
  #failure: RtmsgError | undefined;

  /**
   * @param source - the broker's parts
   * @param input - checked already
   */
  constructor(source: SubscriptionSource, input: SubscribeInput) {
    this.selection = new Selection(input.topic);
    this.#source = source;
    this.#input = input;
    this.#buffer = new LiveBuffer(source.maxBufferedBytes);
    this.#leave = source.fanOut.add(input.topic, this.#buffer);
    this.#born = source.fanOut.published;
    this.#deliveries = this.#deliver();
  }

  /** The log's incarnation. */
  get epoch(): string {
    return this.#source.engine.epoch;
  }

  /**
   * The next deliveries; undefined when the subscription has ended. Not to be called again before
   * the call before has settled.
   *
   * @throws RtmsgError `GAP`, `CURSOR_INVALID`, `SHUTTING_DOWN`, or what the engine throws
   */
  async next(): Promise<readonly Delivery[] | undefined> {
    try {
      const { value, done } = await this.#deliveries.next();
      if (this.#failure !== undefined) throw this.#failure;
      if (done !== true && !this.#isClosed) return value;
    } catch (error) {
      this.close();
      throw error;
    }
    this.close();
    return undefined;
  }

  /** Ends the subscription; a pending `next` resolves. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#leave();
    this.#buffer.reset();
    this.#buffer.wake();
    this.#source.onEnd(this);
  }

  /** Ends the subscription with an error for its reader. */
  fail(error: RtmsgError): void {
    if (this.#isClosed) return;
    this.#failure = error;
    this.close();
  }

  async *#deliver(): AsyncGenerator<readonly Delivery[], void> {
    const { marks = false, until } = this.#input;
    let foreign = yield* this.#start();
    let isCaughtUp = false;
    for (;;) {
      const page = await this.#source.engine.read(this.selection, this.#position, PAGE);
      if (this.#isClosed) return;
      if (foreign !== undefined || page.trimmedThrough > this.#knownTrim)
        yield* this.#reportGap(page, foreign);
      foreign = undefined;
      const events = until === "now" ? page.events.filter(({ offset }) => offset <= this.#born) : page.events;
      this.#position = Math.max(this.#position, page.through);
      if (events.length > 0) yield events;
      if (!isCaughtUp && this.#position >= this.#born) {
        isCaughtUp = true;
        if (marks)
          yield [{ type: "caughtUp", cursor: this.#cursor(until === "now" ? this.#born : this.#position) }];
        if (until === "now") return;
      }
      if (!page.atTail) await nextTurn();
      else if (this.#join()) yield* this.#live();
      if (this.#isClosed) return;
    }
  }

  /** Resolves the start; returns a cursor that belongs to another epoch. */
  async *#start(): AsyncGenerator<readonly Delivery[], string | undefined> {
    const { from = "latest", lastEventId, marks = false } = this.#input;
    const asked = lastEventId === undefined ? from : { cursor: lastEventId };
    const start = await findStart(this.#source.engine, this.selection, asked, this.#born);
    this.#position = start.after;
    this.#knownTrim = start.knownTrim;
    if (marks) yield [{ type: "start", cursor: start.cursor }];
    return start.foreign;
  }

  async *#reportGap(page: LogPage, foreign: string | undefined): AsyncGenerator<readonly Delivery[], void> {
    this.#knownTrim = page.trimmedThrough;
    const { onGap = "error" } = this.#input;
    if (onGap === "earliest") return;
    const { epoch, selection } = this;
    const requested = foreign ?? this.#cursor(this.#position);
    const isKnown = page.events.length > 0 || page.atTail;
    const earliest = isKnown
      ? (page.events[0]?.offset ?? null)
      : await findFirstAfter(this.#source.engine, selection, page.through);
    if (onGap === "error") throw gapError({ topic: selection.text, requested, earliest, epoch });
    const cursor = this.#cursor(earliest === null ? page.through : earliest - 1);
    yield [{ type: "gap", requested, earliest, epoch, cursor }];
  }

  /**
   * Tries to go over from the log to the live events. Those committed since the page was read are
   * read from the log first, while the buffer collects what comes after them.
   */
  #join(): boolean {
    if (!this.#buffer.isCollecting) this.#buffer.collect();
    else return true;
    return this.#position >= this.#source.fanOut.published;
  }

  async *#live(): AsyncGenerator<readonly Delivery[], void> {
    while (this.#buffer.isCollecting) {
      const events = this.#buffer.drain(this.#position);
      const last = events.at(-1);
      if (last === undefined) await this.#buffer.ready();
      else {
        this.#position = last.offset;
        yield events;
      }
    }
  }

  #cursor(offset: number): string {
    return formatCursor(this.epoch, offset);
  }
}
