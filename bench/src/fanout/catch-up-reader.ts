import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { answerOf } from "./child-answer.js";

/** What is read: so many events of a topic, from its first. */
export interface CatchUpTask {
  readonly port: number;
  readonly topic: string;
  readonly events: number;
  readonly procedure: "subscribe" | "subscribeBatch";
}

/** What came of it. */
export interface CatchUpResult {
  /** Until the last event was there, or what went wrong. */
  readonly outcome: { readonly seconds: number } | { readonly failure: string };
}

const MAIN = fileURLToPath(new URL("catch-up-main.js", import.meta.url));

/** A subscriber that catches up, in a process of its own, so that it does not delay those that measure latency. */
export class CatchUpReader {
  readonly #child: ChildProcess = fork(MAIN);

  /** Subscribes from the first event; returns how many events came a second. */
  async read(task: CatchUpTask): Promise<number> {
    const answer = answerOf<CatchUpResult>(this.#child);
    this.#child.send(task);
    const { outcome } = await answer;
    if ("failure" in outcome) throw new Error(`${task.procedure} did not catch up: ${outcome.failure}`);
    return task.events / outcome.seconds;
  }

  async close(): Promise<void> {
    const closed = once(this.#child, "close");
    this.#child.kill("SIGKILL");
    await closed;
  }
}
