import { isDeepStrictEqual } from "node:util";
import type { Display } from "./display.js";

/** What a step works with. */
interface StepContext {
  /** Holds a promise against what happened; throws when it does not hold. */
  readonly check: (what: string, actual: unknown, expected: unknown) => void;
  /** Says how far a long part is. */
  readonly progress: (done: number, total: number) => void;
}

/** A step of the tour. */
export interface Step {
  readonly title: string;
  /** What it shows, in a line. */
  readonly explanation: string;
  run(context: StepContext): Promise<void>;
}

/**
 * Walks through steps, and ends at the first whose promise does not hold.
 *
 * @returns whether all held
 */
export async function walk(steps: readonly Step[], display: Display): Promise<boolean> {
  const context: StepContext = {
    check: (what, actual, expected) => {
      if (!isDeepStrictEqual(actual, expected)) {
        throw new Error(`${what}: expected ${show(expected)}, and got ${show(actual)}`);
      }
      display.ok(what);
    },
    progress: (done, total) => display.progress(done, total),
  };
  for (const [index, step] of steps.entries()) {
    display.step(index + 1, steps.length, step.title, step.explanation);
    try {
      await step.run(context);
    } catch (error) {
      display.failed(error instanceof Error ? error.message : String(error));
      return false;
    }
  }
  return true;
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 200 ? `${text.slice(0, 200)} ...` : text;
}
