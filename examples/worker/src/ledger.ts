import { open, readFile, rename } from "node:fs/promises";

/** What the worker has made of the events up to a cursor. */
export interface Ledger {
  /** After this event it goes on; undefined before the first. */
  readonly cursor?: string;
  readonly orders: number;
  readonly sum: number;
}

/** Reads the ledger; an empty one where there is none yet. */
export async function readLedger(file: string): Promise<Ledger> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as Ledger;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { orders: 0, sum: 0 };
    throw error;
  }
}

/** Saves it whole or not at all: result and cursor change together, so that no event counts twice. */
export async function saveLedger(file: string, ledger: Ledger): Promise<void> {
  const next = `${file}.next`;
  const handle = await open(next, "w");
  try {
    await handle.writeFile(JSON.stringify(ledger));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(next, file);
}
