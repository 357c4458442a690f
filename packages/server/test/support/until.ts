/**
 * Waits for a condition, and fails when it does not come true.
 *
 * @param condition - looked at again and again
 * @param what - names it in the failure
 */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what = "the condition",
  timeoutMs = 8_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`Waited ${timeoutMs} ms in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** A few turns of the event loop, in which everything that is ready happens. */
export async function turns(count = 5): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}
