import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type {
  AppendEntry,
  AppendOutcome,
  Engine,
  EngineSettings,
  LogPage,
  PageLimits,
} from "../../log/engine.js";
import { Selection } from "../../log/selection.js";
import { storedSize, type StoredEvent } from "../../log/stored-event.js";
import type { Retention } from "../../protocol/topic-info.js";
import type { EngineUnderTest } from "./engine-under-test.js";
import { until } from "./until.js";

/** What a test of the suite may ask of its log. */
export interface LogOptions {
  /** Retention by topic. */
  readonly retention?: Readonly<Record<string, Retention>> | undefined;
  readonly dedupe?: EngineSettings["dedupe"] | undefined;
  readonly maxTopics?: number | undefined;
  readonly maxLogBytes?: number | undefined;
}

/** An entry as tests write it: a value instead of its bytes. */
export interface EntryDraft extends Partial<Omit<AppendEntry, "json">> {
  readonly topic: string;
  readonly value?: unknown;
}

/** A page size that no test's log reaches. */
export const ALL: PageLimits = { maxEvents: 100_000, maxBytes: 256 * 1_048_576 };

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A log under test: an engine, the clock it is given, and short ways to ask for what tests look at. */
export class EngineLog {
  /** Milliseconds since the Unix epoch, as the engine is told. */
  now = 1_700_000_000_000;
  /** Events that the engine said it committed, and trimmed by topic, since the log was opened first. */
  readonly observed = { committed: 0, commits: 0, trimmed: new Map<string, number>() };
  readonly #under: EngineUnderTest;
  readonly #options: LogOptions;
  readonly #name = `log-${randomUUID()}`;
  #engine: Engine | undefined;

  constructor(under: EngineUnderTest, options: LogOptions) {
    this.#under = under;
    this.#options = options;
  }

  /** The engine that is open now. */
  get engine(): Engine {
    assert.ok(this.#engine, "the log is not open");
    return this.#engine;
  }

  /** Opens the log; what is given replaces the test's own options. */
  async open(changed: LogOptions = {}): Promise<void> {
    const { retention = {}, dedupe, maxTopics, maxLogBytes } = { ...this.#options, ...changed };
    const settings: EngineSettings = {
      retentionOf: (topic) => (Object.hasOwn(retention, topic) ? (retention[topic] as Retention) : {}),
      dedupe: dedupe ?? { windowMs: 120_000, maxIds: 200_000 },
      maxTopics: maxTopics ?? 1_000_000,
      now: () => this.now,
      observer: {
        committed: (events) => {
          this.observed.commits++;
          this.observed.committed += events;
        },
        trimmed: (topic, events) => {
          this.observed.trimmed.set(topic, (this.observed.trimmed.get(topic) ?? 0) + events);
        },
        damaged: (what) => {
          throw new Error(`${what} is damaged`);
        },
      },
    };
    this.#engine = await this.#under.open({ log: this.#name, settings, maxLogBytes });
  }

  /** Closes the log and opens it again. */
  async reopen(changed: LogOptions = {}): Promise<void> {
    await this.engine.close();
    await this.open(changed);
  }

  async close(): Promise<void> {
    await this.#engine?.close();
  }

  /** Appends entries in one call. */
  append(...drafts: readonly EntryDraft[]): Promise<AppendOutcome[]> {
    return this.engine.append(drafts.map(entryOf));
  }

  /** Appends one entry that must succeed; returns its offset. */
  async add(topic: string, value: unknown = null, more: Partial<EntryDraft> = {}): Promise<number> {
    const [outcome] = await this.append({ topic, value, ...more });
    return offsetOf(outcome);
  }

  /** Appends entries with the values 1 to `count`, in one call; returns their offsets. */
  async fill(topic: string, count: number): Promise<number[]> {
    const drafts = Array.from({ length: count }, (_, index) => ({ topic, value: index + 1 }));
    return (await this.append(...drafts)).map(offsetOf);
  }

  /** Reads one page, and checks all that must hold of any page. */
  async page(selection: string, after = 0, limits: PageLimits = ALL): Promise<LogPage> {
    const selected = new Selection(selection);
    const page = await this.engine.read(selected, after, limits);
    checkPage(page, selected, after, limits);
    return page;
  }

  /** Reads to the log's end, page by page. */
  async read(selection: string, after = 0, limits: PageLimits = ALL): Promise<StoredEvent[]> {
    const events: StoredEvent[] = [];
    for (let position = after; ;) {
      const page = await this.page(selection, position, limits);
      events.push(...page.events);
      position = page.through;
      if (page.atTail) return events;
    }
  }

  /** The offsets of the retained events of a selection. */
  async offsets(selection: string, after = 0): Promise<number[]> {
    return (await this.read(selection, after)).map(({ offset }) => offset);
  }

  /** The values of the retained events of a selection. */
  async values(selection: string, after = 0): Promise<unknown[]> {
    return (await this.read(selection, after)).map(valueOf);
  }

  /** The newest trimmed event of a selection that is after a position. */
  async trimmedThrough(selection: string, after = 0): Promise<number> {
    const selected = new Selection(selection);
    const { topics } = await this.engine.topics({ prefix: "", after: "", limit: 1_000 });
    const marks = topics.filter(({ topic }) => selected.matches(topic)).map((state) => state.trimmedThrough);
    const newest = Math.max(0, ...marks);
    return newest > after ? newest : 0;
  }

  positionOfLast(selection: string, count: number): Promise<number> {
    return this.engine.positionOfLast(new Selection(selection), count);
  }

  positionAtTime(selection: string, time: number): Promise<number> {
    return this.engine.positionAtTime(new Selection(selection), time);
  }

  /** How many events of a topic are retained. */
  async count(topic: string): Promise<number> {
    return (await this.engine.topic(topic))?.count ?? 0;
  }

  /** Waits until a topic has so many retained events. */
  untilCount(topic: string, count: number): Promise<void> {
    return until(async () => (await this.count(topic)) === count, `"${topic}" has ${count} events`);
  }
}

/** An entry of a draft. */
export function entryOf({ topic, value = null, ...rest }: EntryDraft): AppendEntry {
  const text = JSON.stringify(value);
  const contentHash = rest.id === undefined ? undefined : (rest.contentHash ?? `hash of ${text}`);
  return { topic, json: encoder.encode(text), ...rest, contentHash };
}

/** The value of an event. */
export function valueOf(event: StoredEvent): unknown {
  return JSON.parse(decoder.decode(event.json)) as unknown;
}

/** The offset of an outcome that must be a success. */
export function offsetOf(outcome: AppendOutcome | undefined): number {
  assert.ok(outcome, "an outcome is missing");
  if (!outcome.ok) throw outcome.error;
  return outcome.offset;
}

/** The error code of an outcome that must be a failure. */
export function codeOf(outcome: AppendOutcome | undefined): string {
  assert.ok(outcome, "an outcome is missing");
  assert.ok(!outcome.ok, "the entry was stored");
  return outcome.error.code;
}

function checkPage(page: LogPage, selection: Selection, after: number, limits: PageLimits): void {
  const { events, through, atTail } = page;
  let previous = after;
  let bytes = 0;
  for (const event of events) {
    assert.ok(event.offset > previous, `offset ${event.offset} follows ${previous} in a page`);
    assert.ok(selection.matches(event.topic), `"${event.topic}" is in a page of "${selection.text}"`);
    previous = event.offset;
    bytes += storedSize(event);
  }
  assert.ok(through >= previous, `a page says it ends at ${through}, and holds offset ${previous}`);
  assert.ok(atTail || through > after, "a page before the log's end leads no further");
  if (!selection.isPattern && events.length === 0)
    assert.ok(atTail, "an empty page of one topic is not at the end");
  assert.ok(events.length <= Math.max(1, limits.maxEvents), `a page has ${events.length} events`);
  assert.ok(events.length <= 1 || bytes <= limits.maxBytes, `a page has ${bytes} bytes`);
}
