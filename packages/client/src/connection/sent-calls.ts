import { RtmsgError } from "@rtmsg/server/protocol";
import { callMessage, stopMessage, type Answer, type RequestId } from "./frames.js";
import type { EncodedInput } from "./encoded-input.js";
import type { Outgoing, Verdict } from "./outgoing.js";

/** Something that was sent and has not ended. */
interface Sending {
  readonly id: RequestId;
  /** Undefined once nobody waits for it any more, which the server does not know of a call. */
  outgoing: Outgoing | undefined;
  readonly bytes: number;
  /** Until then it takes up a part of the window. */
  isAnswered: boolean;
}

/** Most calls that wait for an answer at a time. */
const WINDOW_CALLS = 500;
/** About so many bytes of them. */
const WINDOW_BYTES = 4_194_304;

/**
 * What was sent on one socket and has not ended, in the order sent.
 *
 * Subscriptions are numbered apart from other calls, from the lowest free number on: subscribers of
 * one topic that have the same id, on whatever connections, share their bytes in the server.
 */
export class SentCalls {
  readonly #byOutgoing = new Map<Outgoing, Sending>();
  readonly #byId = new Map<RequestId, Sending>();
  #lastCall = 0;
  #lastSubscription = 0;
  /** Subscriptions that were told to stop, and may send something still. */
  readonly #stopping = new Set<RequestId>();
  /** Numbers of subscriptions that have ended. */
  readonly #free: number[] = [];
  #windowCalls = 0;
  /** Calls that nobody waits for any more, and that the server has not answered. */
  #givenUp = 0;
  #windowBytes = 0;

  /**
   * Whether more may be sent: past a bound it would only wait in the server.
   *
   * @param mostCalls - that the server takes
   */
  hasRoom(mostCalls: number): boolean {
    const isInWindow = this.#windowCalls < WINDOW_CALLS && this.#windowBytes < WINDOW_BYTES;
    return isInWindow && this.#windowCalls + this.#givenUp < mostCalls;
  }

  /** Whether everything but subscriptions is answered. */
  get isIdle(): boolean {
    return this.#windowCalls === 0;
  }

  /** Whether something was sent, and has not ended. */
  has(outgoing: Outgoing): boolean {
    return this.#byOutgoing.has(outgoing);
  }

  /** Notes what is being sent; returns the message that it takes. */
  start(outgoing: Outgoing, { text, bytes }: EncodedInput): string {
    const { kind, path } = outgoing;
    const id = kind === "subscription" ? `s${this.#freeNumber()}` : ++this.#lastCall;
    const sending: Sending = { id, outgoing, bytes, isAnswered: false };
    this.#byOutgoing.set(outgoing, sending);
    this.#byId.set(id, sending);
    this.#windowCalls += 1;
    this.#windowBytes += bytes;
    return callMessage(id, kind, path, text);
  }

  /**
   * Forgets something that is not wanted any more: it is told nothing more.
   *
   * @returns the message that stops it in the server, where it was sent and is a subscription
   */
  stop(outgoing: Outgoing): string | undefined {
    const sending = this.#byOutgoing.get(outgoing);
    if (sending === undefined) return undefined;
    this.#byOutgoing.delete(outgoing);
    this.#answered(sending);
    if (outgoing.kind !== "subscription") {
      sending.outgoing = undefined;
      this.#givenUp += 1;
      return undefined;
    }
    this.#byId.delete(sending.id);
    this.#stopping.add(sending.id);
    return stopMessage(sending.id);
  }

  /**
   * Tells what an answer is for.
   *
   * @returns whether the server wants the call on another connection; it is kept until then
   */
  receive(message: Answer, bytes: number): boolean {
    const sending = message.id === null ? undefined : this.#byId.get(message.id);
    if (sending !== undefined) {
      const { outgoing } = sending;
      return outgoing?.kind === "subscription"
        ? this.#receiveItem(sending, outgoing, message, bytes)
        : this.#receiveAnswer(sending, outgoing, message, bytes);
    }
    const hasEnded = message.kind === "error" || message.result.type === "stopped";
    if (hasEnded && message.id !== null && this.#stopping.delete(message.id)) this.#release(message.id);
    return false;
  }

  /** The connection is gone: ends all, and returns it in the order sent. */
  lose(): readonly Outgoing[] {
    const all = [...this.#byOutgoing.keys()];
    this.#byOutgoing.clear();
    this.#byId.clear();
    return all;
  }

  #receiveItem(sending: Sending, outgoing: Outgoing, message: Answer, bytes: number): false {
    this.#answered(sending);
    if (message.kind === "error" && message.isUnread) {
      // For the server it goes on: who is told of it stops it.
      outgoing.onError(message.error);
      return false;
    }
    if (message.kind === "result" && message.result.type !== "stopped") {
      const { type, data, id } = message.result;
      if (type === "started") outgoing.onStarted?.();
      else outgoing.onData(data, bytes, id);
      return false;
    }
    this.#byOutgoing.delete(outgoing);
    this.#byId.delete(sending.id);
    this.#release(sending.id);
    if (message.kind === "error") outgoing.onError(message.error, message.shape);
    else outgoing.onStopped();
    return false;
  }

  #receiveAnswer(sending: Sending, outgoing: Outgoing | undefined, message: Answer, bytes: number): boolean {
    this.#byId.delete(sending.id);
    if (outgoing === undefined) {
      this.#givenUp -= 1;
      return false;
    }
    this.#answered(sending);
    if (this.#verdict(outgoing, message, bytes) === "again") return true;
    this.#byOutgoing.delete(outgoing);
    return false;
  }

  #verdict(outgoing: Outgoing, message: Answer, bytes: number): Verdict {
    if (message.kind === "error") return outgoing.onError(message.error, message.shape);
    if (message.result.type === "data") return outgoing.onData(message.result.data, bytes);
    const error = new RtmsgError("INTERNAL", `The server stopped ${outgoing.path}, which is no subscription`);
    return outgoing.onError(error);
  }

  #answered(sending: Sending): void {
    if (sending.isAnswered) return;
    sending.isAnswered = true;
    this.#windowCalls -= 1;
    this.#windowBytes -= sending.bytes;
  }

  /** The number of a subscription may be used again once the server has said that it has ended. */
  #release(id: RequestId): void {
    this.#free.push(Number(String(id).slice(1)));
  }

  #freeNumber(): number {
    if (this.#free.length === 0) return ++this.#lastSubscription;
    const lowest = this.#free.reduce((least, number) => Math.min(least, number));
    this.#free.splice(this.#free.indexOf(lowest), 1);
    return lowest;
  }
}
