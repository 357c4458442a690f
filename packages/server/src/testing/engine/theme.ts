import type { EngineLog, LogOptions } from "./engine-log.js";

/** Defines one test of the suite, on an empty log of its own. */
export type DefineCase = (name: string, run: (log: EngineLog) => Promise<void>, options?: LogOptions) => void;

/** What a theme of the suite defines its tests with. */
export interface ThemeContext {
  readonly test: DefineCase;
  readonly isPersistent: boolean;
  readonly countsIds: boolean;
  readonly sumsBytes: boolean;
}
