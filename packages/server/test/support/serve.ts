import { onTestFinished } from "vitest";
import type { LogFields, Logger } from "../../src/observe/logger.js";
import type { ServerOptions } from "../../src/server.js";
import { startTestServer, type TestServer } from "../../src/testing/index.js";
import type { TopicTypes } from "../../src/topics/index.js";

/** Starts a server on a free port, and closes it when the test has finished. */
export async function serve<M extends TopicTypes = TopicTypes>(
  options: ServerOptions<M> = {},
): Promise<TestServer<M>> {
  const server = await startTestServer<M>(options);
  onTestFinished(() => server.close());
  return server;
}

/** One line of a recorded log. */
export interface LogLine {
  readonly level: "info" | "warn" | "error";
  readonly message: string;
  readonly fields: LogFields;
}

/** A logger that keeps its lines. */
export function recordingLogger(): Logger & { readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const record =
    (level: LogLine["level"]) =>
    (fields: LogFields, message: string): void => {
      lines.push({ level, message, fields });
    };
  return { lines, info: record("info"), warn: record("warn"), error: record("error") };
}

/** How many sockets, servers, timers and files keep this process busy. */
export function handles(): number {
  return process.getActiveResourcesInfo().filter((resource) => /TCP|Timeout|Pipe|FS/.test(resource)).length;
}
