import type { Progress } from "./progress.js";
import { spreadOf, type Spread } from "./statistics.js";

/** One that takes part in a benchmark. */
export interface Contestant {
  readonly name: string;
  /** Does a round's work; returns how fast, in units per second. */
  round(): Promise<number>;
}

/** How many rounds a benchmark has. */
export interface RoundsOptions {
  readonly rounds: number;
  /** Rounds before, that do not count: code gets compiled in them. */
  readonly warmUps: number;
  /** What the progress line says. */
  readonly label: string;
  readonly progress: Progress;
}

/** What contestants reached in the same rounds. */
export class Rates {
  readonly #rates: ReadonlyMap<string, readonly number[]>;

  constructor(rates: ReadonlyMap<string, readonly number[]>) {
    this.#rates = rates;
  }

  /** A contestant's rate. */
  of(name: string): Spread {
    return spreadOf(this.#all(name));
  }

  /**
   * A contestant's rate in terms of another's, taken round by round: what slows the machine down for
   * a while slows both, and leaves their ratio alone.
   */
  ratio(name: string, reference: string): Spread {
    const references = this.#all(reference);
    return spreadOf(this.#all(name).map((rate, round) => rate / (references[round] as number)));
  }

  #all(name: string): readonly number[] {
    const rates = this.#rates.get(name);
    if (rates === undefined) throw new Error(`No contestant "${name}"`);
    return rates;
  }
}

/** Has contestants do rounds in turn. */
export async function runRounds(
  contestants: readonly Contestant[],
  { rounds, warmUps, label, progress }: RoundsOptions,
): Promise<Rates> {
  const rates = new Map(contestants.map(({ name }): [string, number[]] => [name, []]));
  for (let round = -warmUps; round < rounds; round++) {
    const text = round < 0 ? "warm-up" : `round ${round + 1} of ${rounds}`;
    // Each begins in its turn, so that none always follows the same other.
    for (let turn = 0; turn < contestants.length; turn++) {
      const contestant = contestants[(turn + round + warmUps) % contestants.length] as Contestant;
      progress.show(`${label}: ${text}, ${contestant.name}`);
      const rate = await contestant.round();
      if (round >= 0) rates.get(contestant.name)?.push(rate);
    }
  }
  return new Rates(rates);
}
