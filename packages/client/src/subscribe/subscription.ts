import {
  isEvent,
  isRtmsgError,
  parseCursor,
  RtmsgError,
  type CursorParts,
  type ErrorCode,
  type SubscribeInput,
  type SubscriptionItem,
} from "@rtmsg/server/protocol";
import type { Backoff } from "../connection/backoff.js";
import type { Connection } from "../connection/connection.js";
import { encodeInput, type EncodedInput } from "../connection/encoded-input.js";
import type { Outgoing, Verdict } from "../connection/outgoing.js";
import { isolate } from "../isolate.js";
import { timerMs } from "../timer-ms.js";
import { Demand } from "./demand.js";
import type { BufferSettings } from "./item-buffer.js";
import { Position } from "./position.js";
import { Reader } from "./reader.js";
import type { SubscribeOptions } from "./subscribe-options.js";

/** Errors that may be over at the next attempt; any other ends the subscription. */
const PASSING: ReadonlySet<ErrorCode> = new Set(["SHUTTING_DOWN", "UNAVAILABLE", "RATE_LIMITED"]);

const PATH = "subscribeBatch";

/**
 * One subscription, over as many connections and attempts as it takes. Its position is kept here,
 * from the start mark on, and every new attempt starts there.
 */
export class Subscription implements Outgoing {
  readonly kind = "subscription";
  readonly path = PATH;
  readonly #connection: Connection;
  readonly #input: SubscribeInput;
  /** The marks that the user is to have. */
  readonly #wantedMarks: ReadonlySet<string>;
  readonly #onStart: (() => void) | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #reader: Reader<SubscriptionItem>;
  readonly #backoff: Backoff;
  readonly #position = new Position();
  readonly #demand = new Demand();
  readonly #seenMarks = new Set<string>();
  /** Whether the user was told last that events may be missing. */
  #isStale = false;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  /** Not asked for until the reader has caught up with the buffer. */
  #isPaused = false;
  /** Events that this attempt has brought, of those that it asked for; undefined where it asked for all. */
  #brought: number | undefined;
  /** With `until`, the log's end when the subscription began, whatever was stored since. */
  #end: End | undefined;
  #isOver = false;

  /**
   * Sends the subscription at once.
   *
   * @param connection - where
   * @param options - as the user gave them
   * @param limits - how much to hold for the reader
   * @param onStart - called once, when the server runs it
   */
  constructor(
    connection: Connection,
    { signal, caughtUp = false, stale = false, marks = false, ...input }: SubscriptionOptions,
    limits: BufferSettings,
    onStart?: () => void,
  ) {
    this.#connection = connection;
    this.#input = input;
    this.#wantedMarks = new Set([
      ...(marks ? ["start"] : []),
      ...(marks || stale ? ["stale"] : []),
      ...(marks || stale || caughtUp ? ["caughtUp"] : []),
    ]);
    this.#onStart = onStart;
    this.#signal = signal;
    this.#reader = new Reader(limits);
    this.#backoff = connection.newBackoff();
    if (signal?.aborted === true) this.end();
    else {
      signal?.addEventListener("abort", this.end, { once: true });
      this.#begin();
    }
  }

  /** The next item that the user asked for. */
  next(): Promise<IteratorResult<SubscriptionItem, undefined>> {
    const result = this.#reader.next();
    if (this.#isPaused) this.#sendWhenDrained();
    return result;
  }

  /** Ends it; what was not read is let go. May be called again. */
  readonly end = (): void => {
    this.#stop();
    this.#reader.drop();
  };

  encode(): EncodedInput {
    const { cursor } = this.#position;
    const from = cursor === undefined ? {} : { from: { cursor } };
    const catchUpLimit = this.#demand.limit(this.#reader.room);
    this.#brought = catchUpLimit && 0;
    // With marks, even a subscription that is cut off before its first event has a position.
    return encodeInput(PATH, { ...this.#input, ...from, ...(catchUpLimit && { catchUpLimit }), marks: true });
  }

  onData(data: unknown, bytes: number): Verdict {
    if (this.#reader.isFull) {
      // The frame is not taken: it is behind the position, and comes again.
      this.#demand.overflowed();
      this.#connection.stop(this);
      this.#pause();
      return "ended";
    }
    try {
      this.#take((data as TrackedBatch).data, bytes);
    } catch (cause) {
      const message = "The server sent items of a subscription that cannot be read";
      this.#fail(new RtmsgError("INTERNAL", message, {}, { cause }));
    }
    return "ended";
  }

  onError(error: RtmsgError): Verdict {
    if (!PASSING.has(error.code)) this.#fail(error);
    else this.#retry(isRtmsgError(error, "RATE_LIMITED") ? error.details.retryAfterMs : 0);
    return "ended";
  }

  onStopped(): void {
    // What is to end has ended at its mark already. That it brought something rules out that it goes on for ever.
    if (this.#brought === undefined || this.#brought === 0) {
      this.#retry(0);
      return;
    }
    this.#demand.met();
    this.#pause();
    this.#sendWhenDrained();
  }

  onLost(): boolean {
    return true;
  }

  onClosed(): void {
    this.end();
  }

  #take(items: readonly SubscriptionItem[], bytes: number): void {
    if (this.#reader.isAwaited) this.#demand.waited();
    const past = this.#end === undefined ? -1 : items.findIndex((item) => this.#isPastEnd(item));
    const due = past === -1 ? items : items.slice(0, past);
    const taken = due.filter((item) => this.#accept(item));
    const end = this.#end;
    if (end !== undefined && (past !== -1 || this.#position.hasReached(end))) {
      // The server's own end is where the log ended when the subscription was taken up again.
      const mark = { type: "caughtUp", cursor: end.cursor } as const;
      if (this.#accept(mark)) taken.push(mark);
    }
    // That it starts is no sign that it goes on.
    if (due.some((item) => isEvent(item) || item.type !== "start")) this.#backoff.reset();
    if (this.#brought !== undefined) this.#brought += taken.length;
    this.#reader.push(taken, bytes * (taken.length / items.length));
    if (this.#input.until === "now" && this.#seenMarks.has("caughtUp")) {
      this.#stop();
      this.#reader.finish();
    }
  }

  /** Moves to an item; returns whether the user is to have it. */
  #accept(item: SubscriptionItem): boolean {
    if (isEvent(item)) return this.#position.take(item);
    switch (item.type) {
      case "gap":
        this.#position.moveTo(item.cursor);
        return this.#input.onGap === "report";
      case "stale":
        this.#position.moveTo(item.cursor);
        // Said again by a server that the client has come to meanwhile.
        if (this.#isStale || !this.#wantedMarks.has("stale")) return false;
        this.#isStale = true;
        this.#seenMarks.delete("caughtUp");
        return true;
      case "start":
      case "caughtUp":
        this.#end ??= item.end === undefined ? undefined : { cursor: item.end, ...parseCursor(item.end) };
        this.#position.moveTo(item.cursor);
        if (item.type === "caughtUp") this.#isStale = false;
        // A resumed subscription has its marks anew; the user's has them once.
        if (this.#seenMarks.has(item.type)) return false;
        this.#seenMarks.add(item.type);
        if (item.type === "start") isolate(() => this.#onStart?.());
        return this.#wantedMarks.has(item.type);
      default:
        // A newer server may have items that this client does not know.
        return false;
    }
  }

  /** Whether an event was stored after the end; the log does not go on where it is another one now. */
  #isPastEnd(item: SubscriptionItem): boolean {
    if (this.#end === undefined || !isEvent(item)) return false;
    return item.offset > this.#end.offset && item.cursor.startsWith(this.#end.epoch);
  }

  #begin(): void {
    try {
      // Sending is too late to find out that the input cannot be sent.
      this.encode();
      this.#send();
    } catch (error) {
      this.#fail(error as RtmsgError);
    }
  }

  #pause(): void {
    this.#isPaused = true;
    this.#connection.rest(this);
  }

  #sendWhenDrained(): void {
    if (!this.#reader.isDrained) return;
    this.#isPaused = false;
    this.#send();
  }

  #send(): void {
    this.#connection.send(this);
  }

  #retry(atLeastMs: number): void {
    this.#retryTimer = setTimeout(() => this.#send(), timerMs(timerMs(atLeastMs) + this.#backoff.next()));
    this.#connection.rest(this);
  }

  #fail(error: RtmsgError): void {
    this.#stop();
    this.#reader.finish(error);
  }

  #stop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#isPaused = false;
    clearTimeout(this.#retryTimer);
    this.#signal?.removeEventListener("abort", this.end);
    this.#connection.stop(this);
  }
}

/** A subscription as the user asks for it. */
export type SubscriptionOptions = SubscribeOptions & { readonly topic: string };

/** Where a subscription is to end. */
interface End extends CursorParts {
  readonly cursor: string;
}

/** What `subscribeBatch` yields: items, tracked by the cursor of the last one. */
interface TrackedBatch {
  readonly data: readonly SubscriptionItem[];
}
