import type { Engine, EngineSettings } from "../../log/engine.js";

/** The two functions of a test runner that the suite calls: those of vitest, `node:test`, mocha or jest. */
export interface TestRunner {
  /** Groups tests. */
  describe(name: string, define: () => void): unknown;
  /** Defines a test; it fails when `run` rejects. */
  test(name: string, run: () => Promise<void>): unknown;
}

/** Which log an engine is to open. */
export interface LogRequest {
  /**
   * The log's name, letters, digits and `-`: a folder, a stream, a prefix. A name that was not opened
   * before is an empty log; a persistent engine finds what it kept under one that was.
   */
  readonly log: string;
  /** What the broker would tell the engine. */
  readonly settings: EngineSettings;
  /** Bytes of events to keep in all; past them the oldest are trimmed. Undefined: everything is kept. */
  readonly maxLogBytes: number | undefined;
}

/** The engine that the suite runs over. */
export interface EngineUnderTest {
  /** Names the group of tests. */
  readonly name: string;
  /** Opens a log. The suite closes what it opened. */
  readonly open: (request: LogRequest) => Promise<Engine>;
  /** Whether a log is still there when it is opened again after it was closed. */
  readonly isPersistent: boolean;
  /**
   * Whether the oldest ids are forgotten past their count; otherwise they are by time alone.
   * @default true
   */
  readonly countsIds?: boolean | undefined;
  /**
   * Whether the bytes that the log takes are those of its topics; otherwise the engine counts in its own way.
   * @default true
   */
  readonly sumsBytes?: boolean | undefined;
}
