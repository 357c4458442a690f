import type { Row, Target, Unit } from "../harness/result.js";
import { Rates, type Contestant } from "../harness/rounds.js";
import { rowOf } from "../fanout/rows.js";
import type { ClientWork } from "./client-process.js";

/** A client that takes its rounds in turn with others. */
export class ClientContestant implements Contestant {
  readonly name: string;
  readonly #works: ClientWork[] = [];
  readonly #work: () => Promise<ClientWork>;

  constructor(name: string, work: () => Promise<ClientWork>) {
    this.name = name;
    this.#work = work;
  }

  async round(): Promise<number> {
    const work = await this.#work();
    this.#works.push(work);
    return work.events / work.seconds;
  }

  /** Processor time for each event, of the last so many rounds. */
  cpuMicros(rounds: number): number[] {
    return this.#works.slice(-rounds).map(({ cpuMicros }) => cpuMicros);
  }
}

/** The name of the project's own client in the tables. */
export const SDK = "@rtmsg/client";

/** Compares the SDK's rate with that of others, and its processor time with that of the other clients. */
export function sdkRows(
  rates: Rates,
  clients: readonly ClientContestant[],
  {
    group,
    others,
    rounds,
    targets,
  }: {
    readonly group: string;
    readonly others: readonly string[];
    readonly rounds: number;
    readonly targets: (other: string) => Target | undefined;
  },
): Row[] {
  const cpu = new Rates(new Map(clients.map((client) => [client.name, client.cpuMicros(rounds)])));
  const figure = (name: string, unit: Unit): { group: string; unit: Unit } => ({ group: name, unit });
  return [
    ...others.map((other) => rowOf(figure(group, "/s"), rates, [SDK, other], targets(other))),
    ...clients
      .filter(({ name }) => name !== SDK)
      .map(({ name }) => rowOf(figure(`${group}: the client's CPU of each`, "µs"), cpu, [SDK, name])),
  ];
}
