import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** What a child process is to do. */
export type ChildTask = ChildFill | ChildStart;

/** Makes a log: an event for every topic, then the others spread over them. */
export interface ChildFill {
  readonly task: "fill";
  readonly path: string;
  readonly topics: number;
  readonly events: number;
}

/** Opens a log, and reads some of it. */
export interface ChildStart {
  readonly task: "start";
  readonly path: string;
  /** Whether to end as a crash would, with nothing closed. */
  readonly isKilled: boolean;
}

/** What a child tells. */
export type ChildMessage =
  | { readonly kind: "progress"; readonly count: number }
  | { readonly kind: "done"; readonly anonMB: number; readonly openMs: number };

const CHILD = fileURLToPath(new URL("child-main.js", import.meta.url));

/** Has a process of its own do a task: memory and a start are measured where nothing else was done. */
export async function runChild(
  task: ChildTask,
  onProgress: (count: number) => void = () => undefined,
): Promise<{ anonMB: number; openMs: number }> {
  const child = fork(CHILD, [JSON.stringify(task)], { execArgv: ["--expose-gc"] });
  let done: { anonMB: number; openMs: number } | undefined;
  child.on("message", (message: ChildMessage) => {
    if (message.kind === "progress") onProgress(message.count);
    else done = message;
  });
  await once(child, "close");
  if (done === undefined) throw new Error(`A process of the benchmark failed at ${JSON.stringify(task)}`);
  return done;
}
