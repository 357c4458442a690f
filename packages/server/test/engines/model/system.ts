import { join } from "node:path";
import { Broker } from "../../../src/broker/broker.js";
import { openEngine } from "../../../src/engines/lmdb/open-engine.js";
import { memoryEngine } from "../../../src/engines/memory.js";
import type { Engine, EngineSettings } from "../../../src/log/engine.js";
import { openNats } from "../nats/support/open-nats.js";
import { SMALL_TUNING } from "../support/small-tuning.js";
import { snapshot } from "../support/snapshot.js";
import type { LogModel } from "./log-model.js";

/** Which engine the model is compared with. */
export type SystemKind = "memory" | "durable" | "relaxed" | "nats";

/** Where the log of a run lies. */
export interface Place {
  /** A folder of the run's own. */
  readonly root: string;
  /** A stream of the run's own, where the engine is nats. */
  readonly nats: { readonly servers: string; readonly stream: string };
}

/** Bytes that a subscription may hold: so few that it falls back to the log all the time. */
const MAX_BUFFERED_BYTES = 400;

const ENOSPC = 28;
/** How often a node looks at its retention. */
const SWEEP_MS = 20;

/** The real thing: a broker on an engine, on a folder that crashes move on from. */
export class System {
  readonly kind: SystemKind;
  readonly #model: LogModel;
  readonly #place: Place;
  /** How many of the next writes are to fail, as on a full disk. */
  failures = 0;
  #generation = 0;
  #engine: Engine | undefined;
  #broker: Broker | undefined;
  /** Brokers that a crash left behind, as a killed process would be. */
  readonly #abandoned: Broker[] = [];

  constructor(kind: SystemKind, model: LogModel, place: Place) {
    this.kind = kind;
    this.#model = model;
    this.#place = place;
  }

  get isPersistent(): boolean {
    return this.kind !== "memory";
  }

  get engine(): Engine {
    return this.#engine as Engine;
  }

  get broker(): Broker {
    return this.#broker as Broker;
  }

  async open(): Promise<void> {
    const model = this.#model;
    const opener = async (given: EngineSettings): Promise<Engine> => {
      const { retention } = model;
      const settings: EngineSettings = {
        ...given,
        retentionOf: (topic) => retention[topic] ?? {},
        dedupe: { windowMs: model.windowMs, maxIds: 100_000 },
        maxTopics: model.maxTopics,
        now: () => model.now,
      };
      this.#engine = await this.#openEngine(settings);
      return this.#engine;
    };
    this.#broker = await Broker.open(opener, {
      limits: { bufferedBytes: MAX_BUFFERED_BYTES },
    });
  }

  /**
   * Copies the log as it is on disk at some moment during the call: what a crash at that moment would
   * have left behind. A log in NATS stays where it is.
   */
  async snapshot(): Promise<void> {
    if (this.kind === "nats") return;
    const from = this.#folder();
    this.#generation++;
    await snapshot(from, this.#folder(), this.kind === "relaxed");
  }

  /**
   * Leaves the broker behind without closing it, and opens the snapshot. With NATS it is another node that
   * takes over, while the first goes.
   */
  async openSnapshot(): Promise<void> {
    const { broker } = this;
    if (this.kind !== "nats") this.#abandoned.push(broker);
    await this.open();
    if (this.kind === "nats") await broker.close();
  }

  async close(): Promise<void> {
    await this.#broker?.close();
    for (const broker of this.#abandoned) await broker.close();
  }

  #folder(): string {
    return join(this.#place.root, `generation-${this.#generation}`);
  }

  #openEngine(settings: EngineSettings): Promise<Engine> {
    if (this.kind === "memory") return memoryEngine()(settings);
    if (this.kind === "nats") {
      const { servers, stream } = this.#place.nats;
      return openNats(servers, settings, { stream, sweepMs: SWEEP_MS });
    }
    const location = { path: this.#folder(), isRelaxed: this.kind === "relaxed", maxLogBytes: undefined };
    const failWrite = (): number | undefined => (this.failures-- > 0 ? ENOSPC : undefined);
    return openEngine(location, settings, { ...SMALL_TUNING, failWrite });
  }
}
