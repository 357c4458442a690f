/** What reaches nobody while something is done, instead of failing the test. */
export async function uncaughtDuring(work: (uncaught: readonly unknown[]) => Promise<void>): Promise<void> {
  const uncaught: unknown[] = [];
  const listeners = process.rawListeners("uncaughtException");
  process.removeAllListeners("uncaughtException").on("uncaughtException", (error) => uncaught.push(error));
  try {
    await work(uncaught);
  } finally {
    process.removeAllListeners("uncaughtException");
    for (const listener of listeners) process.on("uncaughtException", listener as () => void);
  }
}
