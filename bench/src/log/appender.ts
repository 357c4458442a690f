import { setTimeout as sleep } from "node:timers/promises";
import type { Contestant } from "../harness/rounds.js";

/** A log that events are appended to, by the number of their topic. */
export interface AppendLog {
  /** Appends events, one for each topic of a list; resolves once they are on disk. */
  append(topics: readonly number[]): Promise<unknown>;
}

const BATCH = 1_000;
const BATCHES_UNDER_WAY = 4;

/** How events are appended. */
export interface AppendLoad {
  /** Appends under way at a time. */
  readonly producers: number;
  /** Events of one append. */
  readonly batch: number;
  /** The topics' numbers, in the order in which they get their events, over and over. */
  readonly topics: readonly number[];
  /** How long a round takes, in ms. */
  readonly roundMs: number;
}

/** Has producers append to a log for as long as a round takes; its rate is in events. */
export class Appender implements Contestant {
  readonly name: string;
  readonly #log: AppendLog;
  readonly #load: AppendLoad;
  #next = 0;

  constructor(name: string, log: AppendLog, load: AppendLoad) {
    this.name = name;
    this.#log = log;
    this.#load = load;
  }

  async round(): Promise<number> {
    const { producers, batch, roundMs } = this.#load;
    let count = 0;
    const end = { isReached: false };
    const produce = async (): Promise<void> => {
      while (!end.isReached) {
        await this.#log.append(this.#take(batch));
        count += batch;
      }
    };
    const start = performance.now();
    const all = Promise.all(Array.from({ length: producers }, produce));
    await sleep(roundMs);
    end.isReached = true;
    await all;
    return count / ((performance.now() - start) / 1_000);
  }

  #take(count: number): number[] {
    const { topics } = this.#load;
    const taken: number[] = [];
    for (let index = 0; index < count; index++) {
      taken.push(topics[this.#next] as number);
      this.#next = this.#next + 1 === topics.length ? 0 : this.#next + 1;
    }
    return taken;
  }
}

/** Appends so many events in large batches, spread over topics as a load does. */
export async function fill(
  log: AppendLog,
  topics: readonly number[],
  events: number,
  onProgress: (count: number) => void = () => undefined,
): Promise<void> {
  let taken = 0;
  let written = 0;
  const produce = async (): Promise<void> => {
    while (taken < events) {
      const size = Math.min(BATCH, events - taken);
      const from = taken;
      taken += size;
      const batch = Array.from(
        { length: size },
        (_, index) => topics[(from + index) % topics.length] as number,
      );
      await log.append(batch);
      written += size;
      onProgress(written);
    }
  };
  await Promise.all(Array.from({ length: BATCHES_UNDER_WAY }, produce));
}

/**
 * The numbers below a count in an order that looks random, and is the same in every run. In order, a
 * commit's topics would lie side by side in memory, which they do not in real life.
 */
export function shuffled(count: number): number[] {
  const numbers = Array.from({ length: count }, (_, index) => index);
  let seed = 1;
  for (let index = count - 1; index > 0; index--) {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    const other = Math.floor((seed / 2 ** 32) * (index + 1));
    [numbers[index], numbers[other]] = [numbers[other] as number, numbers[index] as number];
  }
  return numbers;
}
