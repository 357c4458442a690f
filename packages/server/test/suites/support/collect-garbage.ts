import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * Collects garbage until a count is low enough, or does not get lower.
 *
 * @param count - counts what is left
 * @param enough - ends the waiting
 * @returns the last count
 */
export async function collectGarbage(count: () => number, enough: number): Promise<number> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  for (let round = 0; round < 10 && count() > enough; round++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    collect();
  }
  return count();
}
