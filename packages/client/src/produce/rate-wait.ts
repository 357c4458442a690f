import type { Connection } from "../connection/connection.js";
import type { Outgoing } from "../connection/outgoing.js";
import { ProduceCall } from "./produce-call.js";

/**
 * Sends calls on, and keeps all of them back in their order while the server takes no more from this client: those
 * that are queued, too, which would overtake the one that was refused.
 */
export class RateWait {
  readonly #connection: Connection;
  /** In the order of their numbers. */
  #held: ProduceCall[] = [];
  #until = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopListening: (() => void) | undefined;

  /** @param connection - where calls are sent */
  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Sends a call, once the wait is over if there is one. */
  send(call: ProduceCall): void {
    if (this.#timer === undefined) this.#connection.send(call);
    else this.#keep(call);
  }

  /**
   * Keeps a call back that came too fast, and all that comes after it.
   *
   * @param waitMs - how long
   */
  hold(call: ProduceCall, waitMs: number): void {
    this.#keep(call);
    this.#keepQueued();
    this.#until = Math.max(this.#until, performance.now() + waitMs);
    this.#stopListening ??= this.#connection.subscribe(({ state }) => {
      // Whatever is sent from here on is told why not.
      if (state === "closed") this.#release();
      // What was under way when the connection broke is queued again.
      else this.#keepQueued();
    });
    this.#arm();
  }

  /** Forgets a call that nobody waits for any more. */
  drop(call: Outgoing): void {
    this.#held = this.#held.filter((one) => one !== call);
    this.#connection.stop(call);
  }

  #keepQueued(): void {
    const isProduceCall = (outgoing: Outgoing): outgoing is ProduceCall => outgoing instanceof ProduceCall;
    for (const call of this.#connection.takeBack(isProduceCall)) this.#keep(call);
  }

  #keep(call: ProduceCall): void {
    const later = this.#held.findIndex(({ number }) => number > call.number);
    this.#held.splice(later === -1 ? this.#held.length : later, 0, call);
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const left = this.#until - performance.now();
    // A timer may come a little early: then it is set once more.
    this.#timer = setTimeout(
      () => (performance.now() < this.#until ? this.#arm() : this.#release()),
      Math.max(0, Math.ceil(left)),
    );
  }

  #release(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#stopListening?.();
    this.#stopListening = undefined;
    const held = this.#held;
    this.#held = [];
    this.#connection.sendFirst(held);
  }
}
