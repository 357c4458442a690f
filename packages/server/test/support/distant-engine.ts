import { memoryEngine } from "../../src/engines/memory.js";
import type { CommitListener, Engine, EngineOpener, ReachListener } from "../../src/log/engine.js";
import type { StoredEvent } from "../../src/log/stored-event.js";
import { RtmsgError } from "../../src/protocol/error.js";
import { isPattern, selects } from "../../src/protocol/topic-name.js";

/** A memory engine that a test can put out of the broker's reach, as a log on another machine. */
export class DistantEngine {
  readonly #followers = new Set<{ take: CommitListener; onReach: ReachListener | undefined }>();
  /** What was committed meanwhile. */
  #missed: (readonly StoredEvent[])[] = [];
  #engine: Engine | undefined;
  #isAway = false;

  /** Opens it; what is given to a broker. */
  readonly open: EngineOpener = async (settings) => {
    const engine = await memoryEngine()(settings);
    this.#engine = engine;
    engine.onCommit((events) => {
      if (this.#isAway) this.#missed.push(events);
      else this.#tell(events);
    });
    const away = (): boolean => this.#isAway;
    return new Proxy(engine, {
      get: (target, property) => {
        if (property === "isAway") return away();
        if (property === "follow") return this.#follow;
        const value: unknown = Reflect.get(target, property, target);
        if (typeof value !== "function" || property === "close" || property === "onCommit")
          return bound(value, target);
        return (...args: unknown[]): unknown => {
          if (away() && property !== "dedupeReach") {
            return Promise.reject(new RtmsgError("UNAVAILABLE", "The log is away"));
          }
          return (value as (...args: unknown[]) => unknown).apply(target, args);
        };
      },
    });
  };

  /** The engine as those see it that are near. */
  get near(): Engine {
    if (this.#engine === undefined) throw new Error("The engine is not open yet");
    return this.#engine;
  }

  /** Puts it out of reach. */
  leave(): void {
    this.#isAway = true;
    for (const { onReach } of this.#followers) onReach?.(false);
  }

  /** Puts it within reach again, and tells what was missed. */
  comeBack(): void {
    this.#isAway = false;
    const missed = this.#missed;
    this.#missed = [];
    for (const events of missed) this.#tell(events);
    for (const { onReach } of this.#followers) onReach?.(true);
  }

  readonly #follow = (selection: string, listener: CommitListener, onReach?: ReachListener): (() => void) => {
    const isSelected = (topic: string): boolean =>
      isPattern(selection) ? selects(selection, topic) : selection === topic;
    const take: CommitListener = (events) => {
      const selected = events.filter(({ topic }) => isSelected(topic));
      if (selected.length > 0) listener(selected);
    };
    const follower = { take, onReach };
    this.#followers.add(follower);
    if (this.#isAway) onReach?.(false);
    return () => void this.#followers.delete(follower);
  };

  #tell(events: readonly StoredEvent[]): void {
    for (const { take } of this.#followers) take(events);
  }
}

function bound(value: unknown, target: object): unknown {
  return typeof value === "function" ? (value.bind(target) as unknown) : value;
}
