import { isRtmsgError, LIMITS, nestMetas, RtmsgError, type ProduceResult } from "@rtmsg/server/protocol";
import { FRAME_OVERHEAD, utf8Length, type EncodedInput } from "../connection/encoded-input.js";
import type { Verdict } from "../connection/outgoing.js";
import { USUAL_TERMS, type ServerTerms } from "../connection/server-terms.js";
import { timerMs } from "../timer-ms.js";
import type { EventCarrier, PendingEvent } from "./pending-event.js";

/** A call with so many bytes of events takes no more, so that its frame stays small. */
const MAX_BYTES = 524_288;
/** So many events are worth a frame of their own: the server takes them in while the next are encoded. */
const LARGE_EVENTS = 128;
/** What the server wants to have later than this is not kept for so long. */
const MAX_WAIT_MS = 30_000;
/** Events are not sent again in the last part of the time that the server remembers their ids. */
const SAFETY = { ms: 5_000, part: 0.1 } as const;

/** What a call has others do. */
export interface CallEvents {
  /** It came too fast, and is to be sent again after a wait. */
  readonly onLimited: (call: ProduceCall, waitMs: number) => void;
  /** These events of it have no room in the server's largest message, and are to be sent right behind it. */
  readonly onRest: (call: ProduceCall, rest: readonly PendingEvent[]) => void;
}

/**
 * Events that travel as one `produceBatch`: until it is sent, more may be added. What was under way
 * when a connection broke is sent again on the next one, for as long as the server knows the events'
 * ids; after that nobody can tell whether it is stored.
 */
export class ProduceCall implements EventCarrier {
  readonly kind = "mutation";
  readonly path = "produceBatch";
  /** Its place among the calls of its client. */
  readonly number: number;
  readonly #on: CallEvents;
  #events: PendingEvent[] = [];
  #bytes = FRAME_OVERHEAD;
  #hasLeft = false;
  /** Whether the server has it, and may answer event by event. */
  #isUnderWay = false;
  /** Events that nobody waits for any more. */
  #dropped = 0;
  #reachMs = USUAL_TERMS.dedupeReachMs;
  /** When it was sent last, in ms of the monotonic clock. */
  #sentAt = 0;
  #expiry: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param number - its place among the calls of its client
   * @param on - what it has others do
   */
  constructor(number: number, on: CallEvents) {
    this.number = number;
    this.#on = on;
  }

  get isEmpty(): boolean {
    return this.#events.length === 0;
  }

  /**
   * Whether an event can be added.
   *
   * @param frameBytes - largest message that the server takes
   */
  hasRoom(event: PendingEvent, frameBytes: number): boolean {
    if (this.#hasLeft) return false;
    const most = Math.min(MAX_BYTES, frameBytes);
    const fits = this.#events.length < LIMITS.batchEvents && this.#bytes + event.bytes < most;
    return fits || this.#events.length === 0;
  }

  /** Whether it is worth sending at once. */
  get isLarge(): boolean {
    return this.#events.length >= LARGE_EVENTS;
  }

  add(event: PendingEvent): void {
    event.call = this;
    this.#events.push(event);
    this.#bytes += event.bytes + 1;
  }

  /**
   * Notes that nobody waits for one of the events any more, and forgets those before they are sent,
   * so that calls which are given up in an outage do not fill the memory.
   */
  dropped(): "empty" | undefined {
    this.#dropped += 1;
    if (this.#isUnderWay || this.#dropped * 2 < this.#events.length) return undefined;
    this.#forgetSettled();
    if (!this.isEmpty) return undefined;
    clearTimeout(this.#expiry);
    return "empty";
  }

  encode({ dedupeReachMs, frameBytes }: ServerTerms): EncodedInput | undefined {
    this.#hasLeft = true;
    clearTimeout(this.#expiry);
    this.#reachMs = dedupeReachMs;
    this.#expire();
    while (!this.isEmpty) {
      const input = this.#encodeAll();
      if (input.bytes <= frameBytes) {
        this.#isUnderWay = true;
        this.#sentAt = performance.now();
        for (const event of this.#events) event.firstSentAt ??= this.#sentAt;
        return input;
      }
      this.#makeSmaller(frameBytes);
    }
    return undefined;
  }

  #encodeAll(): EncodedInput {
    let json = "";
    let bytes = FRAME_OVERHEAD;
    let hasMeta = false;
    for (const event of this.#events) {
      json += json === "" ? event.text : `,${event.text}`;
      bytes += event.bytes + 1;
      hasMeta ||= event.meta !== undefined;
    }
    const meta = hasMeta ? nestMetas(this.#metas()) : "";
    return { text: `{"json":{"events":[${json}]}${meta}}`, bytes: bytes + utf8Length(meta) };
  }

  /** Gives half of the events away; of one event nothing is left, as nobody can take it. */
  #makeSmaller(frameBytes: number): void {
    const [first] = this.#events;
    const rest = this.#events.splice(Math.ceil(this.#events.length / 2));
    if (rest.length > 0) {
      this.#on.onRest(this, rest);
      return;
    }
    first?.failTooLarge(frameBytes);
    this.#events = [];
  }

  onData(data: unknown): Verdict {
    const results = (data as { readonly results?: unknown } | null | undefined)?.results;
    const said: readonly unknown[] = Array.isArray(results) ? results : [];
    const again: PendingEvent[] = [];
    let waitMs = 0;
    for (const [index, event] of this.#events.entries()) {
      const result = said[index];
      if (!isResult(result))
        event.fail(new RtmsgError("INTERNAL", "The server did not say what became of an event"));
      else if (result.ok) event.succeed(result);
      else if (result.error.code === "SHUTTING_DOWN") again.push(event);
      else {
        const error = errorOf(result.error);
        const wait = waitOf(error);
        if (wait === undefined) event.fail(error);
        else {
          again.push(event);
          waitMs = Math.max(waitMs, wait);
        }
      }
    }
    this.#events = again;
    if (again.length === 0) return "ended";
    return waitMs > 0 ? this.#sendLater(waitMs) : this.#sendAgain();
  }

  onError(error: RtmsgError): Verdict {
    // Nothing was stored, and there will be a server that does.
    if (error.code === "SHUTTING_DOWN") return this.#sendAgain();
    const waitMs = waitOf(error);
    if (waitMs !== undefined) return this.#sendLater(waitMs);
    this.#failAll(error);
    return "ended";
  }

  onStopped(): void {
    // Only subscriptions are stopped.
  }

  onLost(): boolean {
    this.#isUnderWay = false;
    this.#expireInTime();
    return !this.isEmpty;
  }

  onClosed(): void {
    this.#failAll(new RtmsgError("CLOSED", "The client was closed before the event had a receipt"));
  }

  #sendAgain(): Verdict {
    // They are not stored now; but they may be, of an attempt before this one that had no answer.
    for (const event of this.#events) {
      if (event.firstSentAt === this.#sentAt) event.firstSentAt = undefined;
    }
    return "again";
  }

  #sendLater(waitMs: number): Verdict {
    this.#sendAgain();
    this.#isUnderWay = false;
    this.#on.onLimited(this, waitMs);
    return "ended";
  }

  #failAll(error: RtmsgError): void {
    clearTimeout(this.#expiry);
    for (const event of this.#events) event.fail(error);
    this.#events = [];
  }

  /** Gives up events at the time that the server may have forgotten them. */
  #expireInTime(): void {
    this.#expire();
    // They were sent together, so that one timer does for all.
    const sentAt = this.#events.find(({ firstSentAt }) => firstSentAt !== undefined)?.firstSentAt;
    if (sentAt === undefined) return;
    const left = safe(this.#reachMs) - (performance.now() - sentAt);
    // A timer counts whole milliseconds, and so may come early: then this is done once more.
    this.#expiry = setTimeout(() => this.#expireInTime(), timerMs(Math.ceil(left)));
  }

  /** Gives up events that the server may not know any more, and forgets those that nobody waits for. */
  #expire(): void {
    const now = performance.now();
    const limit = safe(this.#reachMs);
    for (const event of this.#events) {
      if (event.firstSentAt === undefined || now - event.firstSentAt < limit) continue;
      event.fail(
        new RtmsgError(
          "OUTCOME_UNKNOWN",
          `The connection broke before the event had a receipt, and was away for longer than the server remembers event ids (${Math.round(this.#reachMs / 1_000)} s): look at the topic's last events`,
        ),
      );
    }
    this.#forgetSettled();
  }

  #forgetSettled(): void {
    this.#events = this.#events.filter((event) => !event.isSettled);
    this.#bytes = this.#events.reduce((sum, { bytes }) => sum + bytes + 1, FRAME_OVERHEAD);
    this.#dropped = 0;
  }

  *#metas(): Generator<{ readonly meta: string; readonly path: string }, void> {
    for (const [index, { meta }] of this.#events.entries()) {
      if (meta !== undefined) yield { meta, path: `events.${index}.data` };
    }
  }
}

/** Whether a server's word on an event is one. */
function isResult(value: unknown): value is ProduceResult {
  if (typeof value !== "object" || value === null) return false;
  const { ok, offset, cursor, error } = value as Readonly<Record<string, unknown>>;
  if (ok === true) return typeof offset === "number" && typeof cursor === "string";
  return ok === false && typeof error === "object" && error !== null;
}

/** How long after it was sent first an event may be sent again. */
function safe(reachMs: number): number {
  return reachMs - Math.min(SAFETY.ms, reachMs * SAFETY.part);
}

/** How long to wait with what came too fast; undefined where it is another error, or for too long. */
function waitOf(error: RtmsgError): number | undefined {
  if (!isRtmsgError(error, "RATE_LIMITED")) return undefined;
  const { retryAfterMs } = error.details;
  return retryAfterMs > 0 && retryAfterMs <= MAX_WAIT_MS ? retryAfterMs : undefined;
}

function errorOf(body: unknown): RtmsgError {
  return (
    RtmsgError.fromBody(body) ??
    new RtmsgError("INTERNAL", "The server answered with an error that has no code of rtmsg's")
  );
}
