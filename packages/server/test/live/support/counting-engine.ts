import { memoryEngine, type MemoryEngineOptions } from "../../../src/engines/memory.js";
import type { Engine, EngineOpener } from "../../../src/log/engine.js";

/** Opens a memory engine, and counts how often it is read. */
export interface CountingEngine {
  readonly open: EngineOpener;
  /** Pages that were read. */
  reads: number;
}

/** Makes a memory engine that counts its reads. */
export function countingEngine(options?: MemoryEngineOptions): CountingEngine {
  const counting = {
    reads: 0,
    async open(settings: Parameters<EngineOpener>[0]) {
      const engine = await memoryEngine(options)(settings);
      const read: Engine["read"] = (selection, after, limits) => {
        // One event is not a page: so much is looked at to find where a subscription begins.
        if (limits.maxEvents > 1) counting.reads++;
        return engine.read(selection, after, limits);
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
  return counting;
}
