// What runs in a process of its own (see child.ts).
import { setTimeout as sleep } from "node:timers/promises";
import { anonymousBytesOf } from "../harness/anonymous-memory.js";
import { fill, shuffled } from "./appender.js";
import type { ChildFill, ChildMessage, ChildStart, ChildTask } from "./child.js";
import { RtmsgLog } from "./rtmsg-log.js";

const PROGRESS_EVENTS = 100_000;
/** Events that are read after a start, so that what reading needs is in memory too. */
const READ_EVENTS = 100_000;

const task = JSON.parse(process.argv[2] ?? "") as ChildTask;
if (task.task === "fill") await makeLog(task);
else await startLog(task);

/** Ends with a kill, so that the log is as a crash leaves it. */
async function makeLog({ path, topics, events }: ChildFill): Promise<void> {
  const log = await RtmsgLog.open(path, topics);
  await fill(log, shuffled(topics), events, (count) => {
    if (count % PROGRESS_EVENTS === 0) process.send?.({ kind: "progress", count } satisfies ChildMessage);
  });
  await tell(0);
  process.kill(process.pid, "SIGKILL");
}

async function startLog({ path, isKilled }: ChildStart): Promise<void> {
  const start = performance.now();
  const log = await RtmsgLog.open(path, 0);
  const openMs = performance.now() - start;
  const tail = await log.tail();
  await log.readAll(Math.max(0, tail - READ_EVENTS), READ_EVENTS);
  await tell(openMs);
  if (isKilled) process.kill(process.pid, "SIGKILL");
  await log.close();
}

async function tell(openMs: number): Promise<void> {
  gc?.();
  await sleep(100);
  gc?.();
  const message = { kind: "done", anonMB: anonymousMB(), openMs } satisfies ChildMessage;
  await new Promise<void>((resolve) => {
    process.send?.(message, () => resolve());
  });
}

/** Memory that is not a mapped file: lmdb maps the log, and those pages are the system's to take back. */
function anonymousMB(): number {
  const bytes = anonymousBytesOf("self");
  if (bytes === undefined) throw new Error("This system does not tell how much memory is anonymous");
  return bytes / 2 ** 20;
}
