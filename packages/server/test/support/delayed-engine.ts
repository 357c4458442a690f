import { memoryEngine, type MemoryEngineOptions } from "../../src/engines/memory.js";
import type { Engine, EngineOpener } from "../../src/log/engine.js";

/** Opens a memory engine whose reads take time: what they answer was true when they were asked. */
export interface DelayedEngine {
  readonly open: EngineOpener;
  /** The engine beneath, once it is open. */
  readonly engine: Engine;
  /** Turns of the event loop that the next reads take. */
  delay: () => number;
}

/** Makes a memory engine whose reads can be delayed. */
export function delayedEngine(options?: MemoryEngineOptions): DelayedEngine {
  let opened: Engine | undefined;
  const delayed = {
    delay: () => 0,
    get engine() {
      if (opened === undefined) throw new Error("The engine is not open yet");
      return opened;
    },
    async open(settings: Parameters<EngineOpener>[0]) {
      const engine = await memoryEngine(options)(settings);
      opened = engine;
      const read: Engine["read"] = async (...question) => {
        const turns = delayed.delay();
        const page = engine.read(...question);
        for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
        return page;
      };
      return new Proxy(engine, {
        get(target, property) {
          if (property === "read") return read;
          const value: unknown = Reflect.get(target, property, target);
          return typeof value === "function" ? (value.bind(target) as unknown) : value;
        },
      });
    },
  };
  return delayed;
}
