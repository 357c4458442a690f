import { closeSync, openSync, rmSync, statSync, utimesSync, writeSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { isAlive, isEnding, isSameHolder, ownHolder, readHolder, type Holder } from "./holder.js";

/** A holder shows that it is there so many times while it is watched. */
const SIGNS = 5;
/** How long one of several may need to take over a lock, in ms. */
const TURN_MS = 5_000;

/**
 * A file that says who holds a folder. A holder that was killed leaves it behind, so it is taken over
 * from one that no longer runs.
 */
export class FolderLock {
  readonly #file: string;
  readonly #watchMs: number;
  readonly #own = ownHolder();
  #signs: NodeJS.Timeout | undefined;

  /**
   * @param file - the lock file
   * @param watchMs - how long no sign has to come from a holder on another machine or container
   */
  constructor(file: string, watchMs: number) {
    this.#file = file;
    this.#watchMs = watchMs;
  }

  /** Takes the lock; returns who holds it instead, or undefined when it was taken. */
  async take(): Promise<Holder | undefined> {
    while (!create(this.#file, this.#own)) {
      const holder = readHolder(this.#file);
      if (await this.#isHeld(holder)) return holder;
      takeAway(this.#file, holder, this.#own);
      await delay(10);
    }
    this.#signs = setInterval(() => touch(this.#file), this.#watchMs / SIGNS).unref();
    return undefined;
  }

  /** Lets go of the lock. */
  release(): void {
    clearInterval(this.#signs);
    const holder = readHolder(this.#file);
    if (holder !== undefined && isSameHolder(holder, this.#own)) rmSync(this.#file, { force: true });
  }

  async #isHeld(holder: Holder | undefined): Promise<boolean> {
    if (holder !== undefined) while (isEnding(holder)) await delay(5);
    const alive = holder === undefined ? undefined : isAlive(holder);
    if (alive !== undefined) return alive;
    const before = signOf(this.#file);
    if (holder === undefined) {
      // It may be about to be written.
      await delay(50);
      return readHolder(this.#file) !== undefined;
    }
    for (let waited = 0; waited < SIGNS; waited++) {
      await delay(this.#watchMs / SIGNS);
      if (signOf(this.#file) !== before) return true;
    }
    return false;
  }
}

/** Makes the lock file, unless there is one. */
function create(file: string, holder: Holder): boolean {
  let handle: number;
  try {
    handle = openSync(file, "wx");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
  try {
    writeSync(handle, JSON.stringify(holder));
  } catch (error) {
    rmSync(file, { force: true });
    throw error;
  } finally {
    closeSync(handle);
  }
  return true;
}

/**
 * Removes the lock of a holder that no longer runs. Of several who try, a second lock lets one: else the
 * slower would remove what the faster has made meanwhile.
 */
function takeAway(file: string, holder: Holder | undefined, own: Holder): void {
  const turn = `${file}.turn`;
  if (!create(turn, own)) {
    // Taking turns takes no time: who has not ended by now was killed in it.
    const age = Date.now() - (signOf(turn) ?? Number.POSITIVE_INFINITY);
    const other = readHolder(turn);
    if (age > TURN_MS || (other !== undefined && isAlive(other) === false)) rmSync(turn, { force: true });
    return;
  }
  try {
    const now = readHolder(file);
    const isUnchanged =
      now === undefined || holder === undefined ? now === holder : isSameHolder(now, holder);
    if (isUnchanged) rmSync(file, { force: true });
  } finally {
    rmSync(turn, { force: true });
  }
}

function touch(file: string): void {
  try {
    const now = new Date();
    utimesSync(file, now, now);
  } catch {
    // The folder was taken away under the log; there is nobody to show it to.
  }
}

function signOf(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs;
}
