import type { Client } from "@rtmsg/client";
import { watch } from "node:fs";
import { dirname, resolve, sep } from "node:path";
import { aborted } from "../io/signals.js";

/** How long a burst of changes may take, in ms: an editor writes a file in several steps. */
const BURST_MS = 50;

/**
 * Calls back whenever a client's connection is open again: a broker whose topics have changed was
 * started anew.
 *
 * @param client - connected
 * @param signal - ends it
 * @param onChange - one call at a time
 */
export async function watchBroker(
  client: Client,
  signal: AbortSignal,
  onChange: () => Promise<void>,
): Promise<void> {
  const calls = new CallsInTurn(onChange);
  const stop = client.connection.subscribe(({ state }) => {
    if (state === "open") calls.request();
  });
  await aborted(signal);
  stop();
  await calls.settled();
}

/**
 * Calls back whenever something in a module's folder changes: the module, or what it imports there.
 *
 * @param file - the module
 * @param ignored - a file in the folder that does not count
 * @param signal - ends it
 * @param onChange - one call at a time
 */
export async function watchModule(
  file: string,
  ignored: string,
  signal: AbortSignal,
  onChange: () => Promise<void>,
): Promise<void> {
  const folder = dirname(resolve(file));
  const calls = new CallsInTurn(onChange);
  let burst: NodeJS.Timeout | undefined;
  const watcher = watch(folder, { recursive: true }, (_event, name) => {
    const changed = name === null ? undefined : resolve(folder, name);
    if (changed?.startsWith(resolve(ignored)) || changed?.includes(`${sep}node_modules${sep}`)) return;
    clearTimeout(burst);
    burst = setTimeout(() => calls.request(), BURST_MS);
  });
  await aborted(signal);
  watcher.close();
  clearTimeout(burst);
  await calls.settled();
}

/** Runs a call again after the one that runs, however often that is asked for meanwhile. */
class CallsInTurn {
  readonly #call: () => Promise<void>;
  #running: Promise<void> | undefined;
  #isWanted = false;

  constructor(call: () => Promise<void>) {
    this.#call = call;
  }

  request(): void {
    this.#isWanted = true;
    this.#running ??= this.#run();
  }

  async settled(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#isWanted) {
      this.#isWanted = false;
      await this.#call();
    }
    this.#running = undefined;
  }
}
