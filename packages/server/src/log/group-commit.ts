import { RtmsgError } from "../protocol/error.js";
import { planAppend, type AppendPlan, type CommittedState, type CommittedTopic } from "./append-plan.js";
import type { AppendEntry, AppendOutcome, EngineSettings } from "./engine.js";

/** What group commit needs of the engine that it serves. */
export interface CommitTarget<T extends CommittedTopic> {
  /** What entries are checked against; changed by `applied` only. */
  readonly state: CommittedState<T>;
  /** Makes a plan's events as safe as the engine promises. May be synchronous. */
  write(plan: AppendPlan<T>): Promise<void> | undefined;
  /** Takes a written plan into the state, lets reads see it, and feeds the listeners. */
  applied(plan: AppendPlan<T>): void;
}

/** What group commit goes by. */
type CommitSettings = Pick<EngineSettings, "now" | "maxTopics" | "observer">;

/** Entries of one append call that wait for their commit. */
interface Pending {
  readonly entries: readonly AppendEntry[];
  readonly bytes: number;
  readonly resolve: (outcomes: AppendOutcome[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Bytes of data that one commit takes at most, beyond its first call. */
const MAX_COMMIT_BYTES = 8 * 1_048_576;
/** Entries that one commit takes at most, beyond its first call. */
const MAX_COMMIT_ENTRIES = 8_192;
/** Bytes of data that may wait for a commit; more is refused, so that a stalled disk cannot fill memory. */
const MAX_PENDING_BYTES = 128 * 1_048_576;
/** What an entry counts for besides its data. */
const ENTRY_OVERHEAD = 256;

/**
 * Gathers appends into commits, one at a time: while one is written the next gathers. Entries are
 * checked against committed state only, so a commit that fails rolls nothing forward.
 */
export class GroupCommit<T extends CommittedTopic> {
  readonly #target: CommitTarget<T>;
  readonly #settings: CommitSettings;
  #queue: Pending[] = [];
  #pendingBytes = 0;
  #running = false;
  #idle: (() => void) | undefined;

  constructor(target: CommitTarget<T>, settings: CommitSettings) {
    this.#target = target;
    this.#settings = settings;
  }

  /** Appends entries in the order of the calls. Resolves once their commit is written. */
  append(entries: readonly AppendEntry[]): Promise<AppendOutcome[]> {
    const bytes = sizeOf(entries);
    if (this.#pendingBytes + bytes > MAX_PENDING_BYTES && this.#pendingBytes > 0) {
      return Promise.reject(
        new RtmsgError(
          "UNAVAILABLE",
          `${this.#pendingBytes} bytes of events wait to be written, and the limit is ${MAX_PENDING_BYTES}: produce again later`,
        ),
      );
    }
    this.#pendingBytes += bytes;
    return new Promise((resolve, reject) => {
      this.#queue.push({ entries, bytes, resolve, reject });
      if (this.#running) return;
      this.#running = true;
      // The calls of one turn share a commit.
      queueMicrotask(() => void this.#run());
    });
  }

  /** Resolves when nothing waits to be written. */
  async settled(): Promise<void> {
    while (this.#running) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      await this.#commit(this.#take());
      // The answers go out before the next commit is made, which takes about as long: those who get them go on meanwhile.
      await answersAreOut();
    }
    this.#running = false;
    this.#idle?.();
  }

  async #commit(group: readonly Pending[]): Promise<void> {
    try {
      const entries = entriesOf(group);
      const plan = planAppend(entries, this.#target.state, this.#settings.now(), this.#settings.maxTopics);
      if (plan.events.length > 0) {
        const started = performance.now();
        const written = this.#target.write(plan);
        if (written !== undefined) await written;
        this.#settings.observer?.committed(plan.events.length, performance.now() - started);
        this.#target.applied(plan);
      }
      answer(group, plan.outcomes);
    } catch (error) {
      for (const { reject } of group) reject(error);
    } finally {
      for (const { bytes } of group) this.#pendingBytes -= bytes;
    }
  }

  #take(): Pending[] {
    let bytes = 0;
    let count = 0;
    let end = 0;
    for (const pending of this.#queue) {
      bytes += pending.bytes;
      count += pending.entries.length;
      if (end > 0 && (bytes > MAX_COMMIT_BYTES || count > MAX_COMMIT_ENTRIES)) break;
      end++;
    }
    const group = end === this.#queue.length ? this.#queue : this.#queue.slice(0, end);
    this.#queue = this.#queue.slice(end);
    return group;
  }
}

/** Resolves when all that followed from what was resolved is done. */
function answersAreOut(): Promise<void> {
  return new Promise((resolve) => {
    process.nextTick(resolve);
  });
}

function entriesOf(group: readonly Pending[]): readonly AppendEntry[] {
  const [first] = group;
  if (first !== undefined && group.length === 1) return first.entries;
  const all: AppendEntry[] = [];
  for (const { entries } of group) {
    for (const entry of entries) all.push(entry);
  }
  return all;
}

function answer(group: readonly Pending[], outcomes: readonly AppendOutcome[]): void {
  let start = 0;
  for (const { entries, resolve } of group) {
    const end = start + entries.length;
    // Most calls append one event, and a slice costs more than that.
    resolve(entries.length === 1 ? [outcomes[start] as AppendOutcome] : outcomes.slice(start, end));
    start = end;
  }
}

function sizeOf(entries: readonly AppendEntry[]): number {
  let bytes = 0;
  for (const { json, meta } of entries) bytes += ENTRY_OVERHEAD + json.byteLength + (meta?.byteLength ?? 0);
  return bytes;
}
