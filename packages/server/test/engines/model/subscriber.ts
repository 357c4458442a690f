import assert from "node:assert/strict";
import type { Broker } from "../../../src/broker/broker.js";
import { isRtmsgError } from "../../../src/protocol/error.js";
import { parseCursor } from "../../../src/protocol/cursor.js";
import type { Gap, Mark, RtmsgEvent } from "../../../src/protocol/event.js";
import type { From } from "../../../src/protocol/position.js";
import { until } from "../../../src/testing/engine/until.js";
import type { LogModel } from "./log-model.js";

type Item = RtmsgEvent | Mark | Gap;

/** A subscriber that takes items at its own pace, and resumes after its broker went away. */
export class Subscriber {
  readonly #selection: string;
  #from: From;
  readonly #model: LogModel;
  #broker: Broker;
  #items: AsyncIterator<Item>;
  /** The last cursor received. */
  #cursor: string | undefined;
  #seen: number[] = [];
  /** The gaps that were reported: what was trimmed between may be missing. */
  #gaps: { readonly after: number; readonly through: number }[] = [];
  #start: number | undefined;
  #pending: Promise<IteratorResult<Item, unknown>> | undefined;

  constructor(broker: Broker, model: LogModel, selection: string, from: From) {
    this.#broker = broker;
    this.#model = model;
    this.#selection = selection;
    this.#from = from;
    this.#items = this.#subscribe();
  }

  /** Takes up to so many items that are there or about to be. */
  async pull(count: number): Promise<void> {
    for (let taken = 0; taken < count; taken++) {
      this.#pending ??= this.#items.next();
      const timeout = new Promise<undefined>((resolve) => setTimeout(resolve, 2));
      const result = await Promise.race([this.#pending, timeout]);
      if (result === undefined) return;
      this.#pending = undefined;
      this.#take(result);
    }
  }

  /** Takes all that there is to take. */
  async finish(): Promise<void> {
    try {
      await until(async () => {
        await this.pull(1_000);
        return this.#missing().length === 0;
      }, "all is there");
    } catch (cause) {
      const state = JSON.stringify([
        this.#from,
        this.#start,
        this.#cursor,
        this.#seen,
        this.#gaps,
        this.#missing(),
      ]);
      throw new Error(`The subscriber of "${this.#selection}" waits in vain: ${state}`, { cause });
    }
    assert.deepEqual(
      this.#seen,
      [...new Set(this.#seen)].toSorted((a, b) => a - b),
      "each once, in order",
    );
    const known = new Set(
      this.#model.selected(this.#selection).flatMap(({ events }) => events.map((event) => event.offset)),
    );
    for (const offset of this.#seen) assert.ok(known.has(offset), `offset ${offset} is not in the log`);
  }

  /** Takes what its broker still has for it, as a client does before the socket breaks. */
  async leave(): Promise<void> {
    for (;;) {
      try {
        const result = await (this.#pending ?? this.#items.next());
        this.#pending = undefined;
        this.#take(result);
      } catch (error) {
        this.#pending = undefined;
        assert.ok(isRtmsgError(error, "SHUTTING_DOWN"), String(error));
        return;
      }
    }
  }

  /** Lets go without taking anything more. */
  drop(): void {
    this.#pending?.catch(() => undefined);
    this.#pending = undefined;
    void this.#items.return?.();
  }

  /** Goes on with another broker, after the last cursor; on another log from its beginning if there is none. */
  resume(broker: Broker): void {
    if (broker.epoch !== this.#broker.epoch) this.#from = "earliest";
    this.#broker = broker;
    this.#items = this.#subscribe();
  }

  #subscribe(): AsyncIterator<Item> {
    const from = this.#cursor === undefined ? this.#from : { cursor: this.#cursor };
    const options = { topic: this.#selection, from, marks: true, onGap: "report" } as const;
    return this.#broker.subscribe(options) as AsyncIterator<Item>;
  }

  #take({ value: item, done }: IteratorResult<Item, unknown>): void {
    assert.ok(done !== true, "a subscription ended by itself");
    this.#cursor = item.cursor;
    const { epoch, offset } = parseCursor(item.cursor);
    if (!("type" in item)) {
      assert.equal(epoch, this.#broker.epoch);
      this.#seen.push(item.offset);
    } else if (item.type === "start") this.#takeStart(offset);
    else if (item.type === "gap") this.#takeGap(item);
  }

  #takeStart(offset: number): void {
    if (this.#start !== undefined) return;
    this.#start = offset;
    // The others start at what is retained: what is trimmed already is no gap.
    const isExact = typeof this.#from === "object" && ("offset" in this.#from || "cursor" in this.#from);
    if (!isExact) this.#gaps.push({ after: offset, through: this.#newestTrim() });
  }

  #newestTrim(): number {
    const marks = this.#model.selected(this.#selection).map((topic) => this.#model.maxMark(topic));
    return Math.max(0, ...marks);
  }

  #takeGap({ requested, earliest, epoch }: Gap): void {
    assert.equal(epoch, this.#broker.epoch);
    const asked = parseCursor(requested);
    if (asked.epoch !== epoch) {
      // Another log: everything that it holds is owed.
      this.#seen = [];
      this.#gaps = [{ after: 0, through: this.#newestTrim() }];
      this.#start = 0;
      return;
    }
    assert.ok(earliest === null || earliest > asked.offset);
    const through = this.#newestTrim();
    assert.ok(through > asked.offset, `a gap of "${this.#selection}" after ${asked.offset} that is none`);
    this.#gaps.push({ after: asked.offset, through });
  }

  /** What the subscriber has to get still. */
  #missing(): number[] {
    const start = this.#start;
    if (start === undefined) return [0];
    const missing: number[] = [];
    const seen = new Set(this.#seen);
    for (const topic of this.#model.selected(this.#selection)) {
      for (const { offset } of topic.events) {
        if (offset <= start || seen.has(offset)) continue;
        const isGone = offset <= this.#model.maxMark(topic);
        if (!isGone || !this.#gaps.some(({ after, through }) => offset > after && offset <= through)) {
          missing.push(offset);
        }
      }
    }
    return missing;
  }
}
