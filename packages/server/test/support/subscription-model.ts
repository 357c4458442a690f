import { expect } from "vitest";
import type { Broker } from "../../src/broker/broker.js";
import {
  isEvent,
  isRtmsgError,
  parseCursor,
  type From,
  type Gap,
  type GapDetails,
  type Mark,
  type OnGap,
  type RtmsgEvent,
} from "../../src/protocol/index.js";
import { bruteSelects } from "./arbitraries.js";
import type { DelayedEngine } from "./delayed-engine.js";
import { turns } from "./until.js";

export type TestBroker = Broker;
type Item = RtmsgEvent | Mark | Gap;

/** An event as the model knows it: the log's are numbered from 1 without a hole. */
interface ModelEvent {
  readonly topic: string;
  readonly offset: number;
  readonly n: number;
  isTrimmed: boolean;
}

/** What the log must hold. */
export class ModelLog {
  readonly events: ModelEvent[] = [];
  readonly #delayed: DelayedEngine;
  readonly #broker: TestBroker;
  readonly #kept: Readonly<Record<string, number>>;
  #pending: Promise<unknown>[] = [];

  /**
   * @param delayed - the engine
   * @param broker - on it
   * @param kept - how many events a topic keeps, for those that do not keep all
   */
  constructor(delayed: DelayedEngine, broker: TestBroker, kept: Readonly<Record<string, number>> = {}) {
    this.#delayed = delayed;
    this.#broker = broker;
    this.#kept = kept;
  }

  async produce(topic: string, size: number, count: number, wait: boolean): Promise<void> {
    for (let each = 0; each < count; each++) {
      const n = this.events.length + 1;
      // Produced in the order of these calls, so the offset is known before it is given.
      this.events.push({ topic, offset: n, n, isTrimmed: false });
      const kept = this.#kept[topic];
      if (kept !== undefined)
        for (const event of this.retained(topic).slice(0, -kept)) event.isTrimmed = true;
      const produced = this.#broker.produce({ topic, data: { n, fill: "x".repeat(size) } });
      this.#pending.push(produced.then(({ offset }) => expect(offset).toBe(n)));
    }
    if (wait) await this.settle();
  }

  /** Waits until all that was produced is in the log. */
  async settle(): Promise<void> {
    await Promise.all(this.#pending);
    this.#pending = [];
  }

  /** Trims a share of what a topic retains. */
  async trim(topic: string, share: number): Promise<void> {
    await this.settle();
    const own = this.retained(topic);
    const last = own[Math.ceil(own.length * share) - 1];
    if (last === undefined) return;
    await this.#delayed.engine.trim(topic, last.offset);
    for (const event of own) event.isTrimmed ||= event.offset <= last.offset;
  }

  retained(selection: string): ModelEvent[] {
    return this.selected(selection).filter(({ isTrimmed }) => !isTrimmed);
  }

  selected(selection: string): ModelEvent[] {
    return this.events.filter(({ topic }) => bruteSelects(selection, topic));
  }
}

/** One subscription, read as slowly as the test wants. */
export class Reader {
  readonly input: { readonly topic: string; readonly from: From; readonly onGap: OnGap };
  readonly items: Item[] = [];
  startCursor = "";
  #error: unknown;
  #isEnded = false;
  #isClosed = false;
  readonly #iterator: AsyncIterator<Item, undefined>;
  /** What was trimmed before it started is no gap for a reader that starts at what is retained. */
  #excused = 0;
  #asked: Promise<unknown> = Promise.resolve();

  constructor(broker: TestBroker, input: Reader["input"]) {
    this.input = input;
    this.#iterator = broker.subscribe({ ...input, marks: true }) as AsyncIterator<Item, undefined>;
  }

  get events(): RtmsgEvent[] {
    return this.items.filter((item): item is RtmsgEvent => isEvent(item));
  }

  /** Waits for the first item, which says where it starts. */
  async start(log: ModelLog): Promise<void> {
    const { topic, from } = this.input;
    if (from === "earliest" || (typeof from === "object" && ("last" in from || "time" in from))) {
      const gone = log.selected(topic).filter(({ isTrimmed }) => isTrimmed);
      this.#excused = gone.at(-1)?.offset ?? 0;
    }
    await this.#pull();
    const [first] = this.items;
    expect(first).toMatchObject({ type: "start" });
    this.startCursor = (first as Mark).cursor;
  }

  /** Asks for more items, without waiting for them. */
  ask(count: number): void {
    for (let each = 0; each < count; each++) this.#asked = this.#asked.then(() => this.#pull());
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#iterator.return?.();
    await this.#asked;
  }

  /** Reads on until the condition holds, or it has ended, and closes it. */
  async finish(isDone: (events: RtmsgEvent[]) => boolean): Promise<void> {
    for (let idle = 0; !this.#isEnded && !this.#isClosed && !isDone(this.events); idle++) {
      const before = this.items.length;
      this.ask(1);
      await turns(1);
      if (this.items.length > before) idle = 0;
      if (idle > 500)
        throw new Error(`No more items came after ${JSON.stringify(this.items.at(-1))?.slice(0, 200)}`);
    }
    await this.close();
  }

  async #pull(): Promise<void> {
    if (this.#isEnded) return;
    try {
      const { value, done } = await this.#iterator.next();
      if (done === true) this.#isEnded = true;
      else this.items.push(value);
    } catch (error) {
      this.#isEnded = true;
      this.#error = error;
    }
  }

  /** Holds what came against what the log had. */
  check(log: ModelLog): void {
    const { topic, onGap } = this.input;
    const selected = log.selected(topic);
    let position = parseCursor(this.startCursor).offset;
    let requested: number | undefined;
    let gap: Gap | undefined;
    const delivered = new Set(this.events.map(({ offset }) => offset));
    for (const item of this.items) {
      if (isEvent(item)) {
        expect(item.offset).toBeGreaterThan(position);
        const own = log.events[item.offset - 1];
        expect(item).toMatchObject({ topic: own?.topic, data: { n: own?.n } });
        const between = selected.filter(({ offset }) => offset > position && offset < item.offset);
        expect(between.every(({ isTrimmed }) => isTrimmed)).toBe(true);
        const skipped = between.filter(({ offset }) => offset > this.#excused);
        // Whatever is skipped was reported before, by a gap that was asked from before it.
        if (onGap !== "earliest" && skipped.length > 0) {
          expect(
            requested,
            `${skipped.length} events before ${item.offset} are skipped silently`,
          ).toBeDefined();
          expect(requested).toBeLessThan(skipped[0]?.offset as number);
        }
        if (gap !== undefined && gap.earliest !== null) expect(item.offset).toBe(gap.earliest);
        gap = undefined;
        position = item.offset;
      } else if (item.type === "gap") {
        expect(onGap).toBe("report");
        const asked = parseCursor(item.requested).offset;
        // It may have got further than its last event, over events that it did not select.
        expect(asked).toBeGreaterThanOrEqual(position);
        // Of several gaps before the next event the first reaches back the furthest.
        requested = gap === undefined ? asked : requested;
        gap = item;
        this.#checkGap(item, log, delivered);
      } else if (item.type === "caughtUp") {
        expect(parseCursor(item.cursor).offset).toBeGreaterThanOrEqual(position);
      }
    }
    if (this.#error === undefined) return;
    expect(onGap).toBe("error");
    expect(isRtmsgError(this.#error, "GAP")).toBe(true);
    const { details } = this.#error as { details: GapDetails };
    expect(parseCursor(details.requested).offset).toBeGreaterThanOrEqual(position);
    this.#checkGap(details, log, delivered);
  }

  /** A gap is never reported for nothing: an event of the selection after the position is trimmed. */
  #checkGap({ requested, earliest }: GapDetails, log: ModelLog, delivered: ReadonlySet<number>): void {
    const { offset } = parseCursor(requested);
    const gone = log.selected(this.input.topic).filter((event) => event.offset > offset && event.isTrimmed);
    expect(gone.some((event) => !delivered.has(event.offset))).toBe(true);
    if (earliest !== null) expect(earliest).toBeGreaterThan(offset);
  }
}
