import { setTimeout as sleep } from "node:timers/promises";
import type { Engine, LogPage } from "../log/engine.js";
import type { Selection } from "../log/selection.js";
import type { Telemetry } from "../observe/telemetry.js";
import type { SubscriptionStatus } from "../protocol/admin.js";
import { formatCursor } from "../protocol/cursor.js";
import { isRtmsgError, type RtmsgError } from "../protocol/error.js";
import type { Mark } from "../protocol/event.js";
import type { SubscribeInput } from "../protocol/inputs.js";
import { Allowance } from "./allowance.js";
import type { CatchUpTurns } from "./catch-up-turns.js";
import type { Delivery } from "./delivery.js";
import type { FanOut } from "./fan-out.js";
import { findFirstAfter } from "./first-event.js";
import { gapError } from "./gap-error.js";
import { LIVE, type LiveStart } from "./live-handover.js";
import { LiveBuffer } from "./live-buffer.js";
import type { SharedPages } from "./shared-pages.js";
import { findStart } from "./start-position.js";

/** A subscription as it was asked for. */
export interface SubscriptionInput extends SubscribeInput {
  /** `false` leaves the mark `stale` out, and the `caughtUp` after it: where the transport does not carry them. */
  readonly reach?: false | undefined;
}

/** How long a page is waited for that the log is too far away to give, in ms, before it is asked again. */
const AWAY_MS = 250;

/** What a subscription needs of its broker. */
export interface SubscriptionSource {
  readonly engine: Engine;
  readonly fanOut: FanOut;
  readonly pages: SharedPages;
  readonly turns: CatchUpTurns;
  /** Bytes of live events that a subscription may hold before it is served from the log. */
  readonly maxBufferedBytes: number;
  readonly telemetry: Telemetry;
  /** Called once for each subscription, when it has ended. */
  readonly onEnd: (subscription: Subscription) => void;
}

/** Who reads a subscription, and is to be told that it has ended. */
export interface SubscriptionReader {
  /** Called once; with the error if it was one. */
  ended(failure: RtmsgError | undefined): void;
}

/**
 * One subscription: first the past from the log (catch-up), then what is committed (live). Before it
 * reads the last of the past it starts to collect live events, and joins the two by offset, so
 * nothing falls between. When its reader is slower than the events it goes back to the log, and
 * joins again at its end.
 */
export class Subscription {
  readonly selection: Selection;
  readonly #source: SubscriptionSource;
  readonly #input: SubscriptionInput;
  readonly #buffer: LiveBuffer;
  /** Undefined where it may be given all of the past, and once it has been live. */
  #allowance: Allowance | undefined;
  /** None while the live events are another's business: suspended generators take half a kilobyte. */
  #deliveries: AsyncGenerator<readonly Delivery[] | typeof LIVE, void> | undefined;
  /** The log's end when the subscription was made: the past ends there. */
  readonly #end: number | Promise<number>;
  /** The same, once it is known. */
  #born = 0;
  #position: number;
  /** Trims up to this number, as the engine counts them, are known to the reader. */
  #knownTrim = 0;
  #handsOver = false;
  /** Whether its reader was told last that the log is out of reach. */
  #isStale = false;
  #isClosed = false;
  #failure: RtmsgError | undefined;
  #reader: SubscriptionReader | undefined;
  #unfollow: (() => void) | undefined;

  /**
   * @param source - the broker's parts
   * @param selection - of the input's topic
   * @param input - checked already
   */
  constructor(source: SubscriptionSource, selection: Selection, input: SubscriptionInput) {
    this.selection = selection;
    this.#source = source;
    this.#input = input;
    this.#allowance = input.catchUpLimit && new Allowance(input.catchUpLimit);
    this.#buffer = new LiveBuffer(source.fanOut, selection.text, source.maxBufferedBytes);
    this.#end = source.fanOut.end();
    // A failure is thrown where it is waited for, if it ever is.
    if (typeof this.#end !== "number") this.#end.catch(() => undefined);
    // Until it is found out where it starts.
    this.#position = source.fanOut.published;
    this.#deliveries = this.#deliver();
  }

  /** Whether it has ended. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Where its live events come from. */
  get fanOut(): FanOut {
    return this.#source.fanOut;
  }

  /** Counts what is delivered; whoever hands it to the subscriber tells it. */
  get telemetry(): Telemetry {
    return this.#source.telemetry;
  }

  /** Whether its reader is to be told when the log is out of reach, and when every event is here again. */
  get tellsReach(): boolean {
    return this.#input.marks === true && this.#input.reach !== false;
  }

  /** Whether it gets events as they are committed. */
  get isLive(): boolean {
    return this.#deliveries === undefined || this.#buffer.isCollecting;
  }

  /** How many offsets it is behind an offset; live, what it has not been sent is on its way. */
  lagAt(published: number): number {
    return this.isLive ? 0 : Math.max(0, published - this.#position);
  }

  /** How far it is. */
  status(): SubscriptionStatus {
    const phase = this.isLive ? "live" : "catchUp";
    return { topic: this.selection.text, phase, lag: this.lagAt(this.fanOut.published) };
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
    this.#handsOver = false;
    const deliveries = await this.#next();
    return deliveries === LIVE ? this.next() : deliveries;
  }

  /**
   * As `next`, for a reader that takes the live events over: resolves `LIVE` when the past is done.
   * The reader then calls `goLive`, and after it fell behind `goBack` and this again.
   */
  nextUntilLive(): Promise<readonly Delivery[] | typeof LIVE | undefined> {
    this.#handsOver = true;
    return this.#next();
  }

  /**
   * Hands the live events over: what the fan-out carries from now on is the reader's business.
   *
   * @returns undefined when too many came in meanwhile, and have to be read before
   */
  goLive(): LiveStart | undefined {
    if (!this.#buffer.isCollecting || !this.#buffer.isWithinPage) return undefined;
    const events = this.#buffer.drain(this.#position);
    this.#buffer.reset();
    this.#position = events.at(-1)?.offset ?? this.#position;
    this.#deliveries = undefined;
    return { events, position: this.#position };
  }

  /**
   * Takes the reading up again after a position that the reader has reached.
   *
   * @param isStale - whether the reader was told last that the log is out of reach
   */
  goBack(position: number, isStale: boolean): void {
    this.#isStale = isStale;
    this.#position = Math.max(this.#position, position);
    this.#deliveries = this.#follow(undefined, true);
  }

  async #next(): Promise<readonly Delivery[] | typeof LIVE | undefined> {
    // One that has ended must not begin to collect again, which nobody would stop.
    if (this.#isClosed && this.#failure === undefined) return undefined;
    try {
      this.#throwFailure();
      // Who comes back from the live events has caught up once.
      this.#deliveries ??= this.#follow(undefined, true);
      const { value, done } = await this.#deliveries.next();
      this.#throwFailure();
      if (done !== true && !this.#isClosed) return value;
    } catch (error) {
      this.close();
      throw error;
    }
    this.close();
    return undefined;
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Tells when the subscription has ended. One reader may ask. */
  whenEnded(reader: SubscriptionReader): void {
    this.#reader = reader;
  }

  /** Ends the subscription when a signal is aborted. */
  follow(signal: AbortSignal): void {
    const abort = (): void => this.close();
    signal.addEventListener("abort", abort, { once: true });
    this.#unfollow = () => signal.removeEventListener("abort", abort);
    if (signal.aborted) this.close();
  }

  /** Ends the subscription; a pending `next` resolves. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#buffer.reset();
    this.#buffer.wake();
    this.#unfollow?.();
    this.#source.onEnd(this);
    this.#reader?.ended(this.#failure);
  }

  /** Ends the subscription with an error for its reader. */
  fail(error: RtmsgError): void {
    if (this.#isClosed) return;
    this.#failure = error;
    this.close();
  }

  async *#deliver(): AsyncGenerator<readonly Delivery[] | typeof LIVE, void> {
    yield* this.#follow(yield* this.#start(), false);
  }

  /**
   * Reads the log to its end, and goes on with the live events.
   *
   * @param cursor - where it begins, if it belongs to another epoch
   * @param hasCaughtUp - whether it was at the log's end before
   */
  async *#follow(
    cursor: string | undefined,
    hasCaughtUp: boolean,
  ): AsyncGenerator<readonly Delivery[] | typeof LIVE, void> {
    const { marks = false, until } = this.#input;
    let foreign = cursor;
    let isCaughtUp = hasCaughtUp;
    for (;;) {
      // Whoever begins at the log's end has nothing to read, and no turn to wait for.
      if (!this.#source.fanOut.hasCarried(this.#position)) await this.#source.turns.next();
      if (this.#isClosed) return;
      const page = await this.#readPage();
      if (this.#isClosed) return;
      if (page === undefined) {
        if (this.tellsReach && !this.#isStale) yield [this.#mark("stale")];
        await sleep(AWAY_MS, undefined, { ref: false });
        continue;
      }
      if (foreign !== undefined || page.lastTrim > this.#knownTrim) yield* this.#reportGap(page, foreign);
      foreign = undefined;
      const events = until === "now" ? page.events.filter(({ offset }) => offset <= this.#born) : page.events;
      this.#position = Math.max(this.#position, page.through);
      if (events.length > 0) yield events;
      // Who was told that events may be missing is told when there are none, which is later than it was asked.
      const isAtEnd = !this.#isStale || page.atTail || until === "now";
      if ((!isCaughtUp || this.#isStale) && this.#position >= this.#born && isAtEnd) {
        isCaughtUp = true;
        this.#isStale = false;
        if (marks)
          yield [{ type: "caughtUp", cursor: this.#cursor(until === "now" ? this.#born : this.#position) }];
        if (until === "now") return;
      }
      if (this.#allowance?.isUsedUp === true) return;
      if (page.atTail && this.#join()) {
        this.#allowance = undefined;
        yield* this.#live();
      }
      if (this.#isClosed) return;
    }
  }

  /** The next page; undefined while the log is out of reach. */
  async #readPage(): Promise<LogPage | undefined> {
    const { pages, engine } = this.#source;
    // Said now, and not when the time is over that reading takes.
    if (engine.isAway === true && this.tellsReach && !this.#isStale) return undefined;
    try {
      // What was committed before it began to collect has to be in the last page of the past, so that must
      // not be one which somebody asked for earlier.
      const limits = this.#allowance?.pageLimits;
      const isOwn = this.#buffer.isCollecting || limits !== undefined;
      const page = isOwn
        ? await pages.readNow(this.selection, this.#position, limits)
        : await pages.read(this.selection, this.#position);
      return this.#allowance?.spend(page) ?? page;
    } catch (error) {
      // A log that is elsewhere comes back: whoever follows it waits, as those do who are live.
      if (!isRtmsgError(error, "UNAVAILABLE") || this.#isClosed) throw error;
      return undefined;
    }
  }

  /** Resolves the start; returns a cursor that belongs to another epoch. */
  async *#start(): AsyncGenerator<readonly Delivery[], string | undefined> {
    const { from = "latest", lastEventId, until, marks = false } = this.#input;
    const asked = lastEventId === undefined ? from : { cursor: lastEventId };
    const cursor = typeof asked === "object" && "cursor" in asked ? asked.cursor : undefined;
    // Who resumes has a position, whatever the log says to it.
    if (
      cursor?.startsWith(`${this.epoch}-`) === true &&
      this.#source.engine.isAway === true &&
      this.tellsReach
    ) {
      this.#isStale = true;
      yield [{ type: "stale", cursor }];
    }
    this.#born = await this.#endInReach();
    if (asked !== "latest") await this.#source.turns.next();
    const start = await findStart(this.#source.engine, this.selection, asked, this.#born);
    this.#position = start.after;
    this.#knownTrim = start.knownTrim;
    const end = until === "now" ? { end: this.#cursor(this.#born) } : undefined;
    if (marks) yield [{ type: "start", cursor: start.cursor, ...end }];
    return start.foreign;
  }

  /** Where the log ends; who was told that it is out of reach waits for it. */
  async #endInReach(): Promise<number> {
    for (let end = this.#end; ; end = this.#source.fanOut.end()) {
      try {
        return typeof end === "number" ? end : await end;
      } catch (error) {
        if (!isRtmsgError(error, "UNAVAILABLE") || !this.#isStale || this.#isClosed) throw error;
      }
      await sleep(AWAY_MS, undefined, { ref: false });
    }
  }

  async *#reportGap(page: LogPage, foreign: string | undefined): AsyncGenerator<readonly Delivery[], void> {
    this.#knownTrim = Math.max(this.#knownTrim, page.lastTrim);
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
    if (this.#buffer.isCollecting) return true;
    this.#buffer.collect();
    return this.#source.fanOut.hasCarried(this.#position);
  }

  async *#live(): AsyncGenerator<readonly Delivery[] | typeof LIVE, void> {
    while (this.#buffer.isCollecting) {
      if (this.#handsOver && this.#buffer.isWithinPage) {
        yield LIVE;
        continue;
      }
      const events = this.#buffer.drain(this.#position);
      const last = events.at(-1);
      if (last !== undefined) {
        this.#position = last.offset;
        yield events;
      } else if (this.tellsReach && this.#buffer.isCurrent === this.#isStale) {
        yield [this.#mark(this.#isStale ? "caughtUp" : "stale")];
      } else if (!this.#handsOver) await this.#buffer.ready();
    }
  }

  /** Says that the log is out of reach, or that every event is here again. */
  #mark(type: "stale" | "caughtUp"): Mark {
    this.#isStale = type === "stale";
    return { type, cursor: this.#cursor(this.#position) };
  }

  #cursor(offset: number): string {
    return formatCursor(this.epoch, offset);
  }
}
