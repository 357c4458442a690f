import { isRtmsgError, RtmsgError, type ProduceInput, type Receipt } from "@rtmsg/server/protocol";
import type { BatchResult } from "../batch-result.js";
import type { CallOptions } from "../call-options.js";
import type { Connection } from "../connection/connection.js";
import { watchPatience } from "../patience.js";
import type { WaitingCalls } from "../waiting-calls.js";
import { PendingEvent, type EventOutcome } from "./pending-event.js";
import { ProduceCall } from "./produce-call.js";
import { RateWait } from "./rate-wait.js";
import type { SchemaCheck } from "./schema-check.js";

const NO_OPTIONS: CallOptions = {};

/** Produces events in the order of its calls; those of one turn of the event loop travel together. */
export class Producer {
  readonly #connection: Connection;
  readonly #waiting: WaitingCalls;
  readonly #schemas: SchemaCheck | undefined;
  /** The last call, which takes more events until it is sent. */
  #last: ProduceCall;
  #calls = 0;
  readonly #wait: RateWait;
  /** Resolves when every event whose data is being checked is queued. */
  #gate: Promise<void> | undefined;

  /**
   * @param connection - where to send them
   * @param waiting - counts them while they wait
   * @param schemas - what their data is held against
   */
  constructor(connection: Connection, waiting: WaitingCalls, schemas: SchemaCheck | undefined) {
    this.#connection = connection;
    this.#wait = new RateWait(connection);
    this.#last = this.#newCall();
    this.#waiting = waiting;
    this.#schemas = schemas;
  }

  /** Produces one event. */
  produce(input: ProduceInput, options: CallOptions = NO_OPTIONS): Promise<Receipt> {
    return new Promise((resolve, reject) => {
      const event = this.#accept(input, { resolve, reject });
      if (options === NO_OPTIONS || event === undefined || event.isSettled) return;
      event.stopWatch = this.#watch([event], options);
    });
  }

  /** Produces several events, which succeed or fail one by one; more than a call takes are cut into calls. */
  async produceBatch(
    inputs: readonly ProduceInput[],
    options: CallOptions = NO_OPTIONS,
  ): Promise<BatchResult[]> {
    const given: unknown = inputs;
    if (!Array.isArray(given) || given.length === 0) {
      throw new RtmsgError("INPUT_INVALID", "A batch needs an array of at least one event");
    }
    const events: PendingEvent[] = [];
    const results = inputs.map(
      (input) =>
        new Promise<BatchResult>((resolve) => {
          const event = this.#accept(input, {
            resolve: (receipt) => resolve({ ok: true, ...receipt }),
            reject: (error) => resolve({ ok: false, error }),
          });
          if (event !== undefined) events.push(event);
        }),
    );
    // One watch for all of them: a signal would warn of so many listeners.
    const stopWatch = this.#watch(events, options);
    const settled = await Promise.all(results);
    stopWatch?.();
    return settled;
  }

  /** Takes an event in; undefined when it has failed already. */
  #accept(input: ProduceInput, outcome: EventOutcome): PendingEvent | undefined {
    let event: PendingEvent;
    let found: ReturnType<SchemaCheck["check"]>;
    try {
      event = new PendingEvent(input, this.#waiting, outcome);
      found = this.#schemas?.check(input.topic, input.data);
      if (isRtmsgError(found)) throw found;
      this.#waiting.enter(event.bytes);
    } catch (error) {
      outcome.reject(error as RtmsgError);
      return undefined;
    }
    if (found === undefined && this.#gate === undefined) this.#queue(event);
    else this.#queueAfter(event, found);
    return event;
  }

  #watch(events: readonly PendingEvent[], options: CallOptions): (() => void) | undefined {
    try {
      return watchPatience(options, "The produce", (error) => this.#giveUp(events, error));
    } catch (error) {
      this.#giveUp(events, error as RtmsgError);
      return undefined;
    }
  }

  #giveUp(events: readonly PendingEvent[], error: RtmsgError): void {
    for (const event of events) {
      if (event.isSettled) continue;
      event.fail(error);
      const { call } = event;
      if (call?.dropped() === "empty") this.#wait.drop(call);
    }
  }

  #queue(event: PendingEvent): void {
    if (event.isSettled) return;
    const last = this.#last.hasRoom(event, this.#connection.frameBytes) ? this.#last : this.#newCall();
    this.#last = last;
    const isNew = last.isEmpty;
    last.add(event);
    if (isNew) this.#wait.send(last);
    if (last.isLarge) this.#connection.flush();
  }

  #newCall(number = ++this.#calls): ProduceCall {
    return new ProduceCall(number, {
      onLimited: (call, waitMs) => this.#wait.hold(call, waitMs),
      onRest: (call, rest) => {
        const behind = this.#newCall(call.number);
        for (const event of rest) behind.add(event);
        this.#connection.sendFirst([behind]);
      },
    });
  }

  /** Keeps an event's place while data is being checked, its own or that of events before it. */
  #queueAfter(event: PendingEvent, found: Promise<RtmsgError | undefined> | undefined): void {
    const gate = Promise.all([found, this.#gate]).then(([error]) => {
      if (error === undefined) this.#queue(event);
      else event.fail(error);
      if (this.#gate === gate) this.#gate = undefined;
    });
    this.#gate = gate;
  }
}
