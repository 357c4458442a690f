import { setTimeout as delay } from "node:timers/promises";
import type { Connections, ObservedConnection } from "../observe/connections.js";

/** Clients are asked to leave over so long for each of them, in ms: what a broker that takes over lets in easily. */
const MS_PER_CONNECTION = 2;
/** At most such a share of the time is spent on asking; the rest is for what is under way. */
const ASKING_SHARE = 0.5;
/** Clients that were asked get so long to leave by themselves before they are closed, in ms. */
const LEAVE_MS = 500;
/** How often it is looked whether all have left, in ms. */
const LOOK_MS = 10;

/**
 * Asks the clients that hold a connection to go elsewhere, each at a moment of its own, so that they do not all
 * come to the next broker at once. They are served until they go.
 *
 * @param connections - of the server
 * @param ms - how long there is for all of the shutting down
 * @returns when they have gone, or have had their time
 */
export async function askToLeave(connections: Connections, ms: number): Promise<void> {
  const held = [...connections.all()];
  const window = Math.min(ms * ASKING_SHARE, held.length * MS_PER_CONNECTION);
  const timers = held.map((connection) =>
    setTimeout(() => {
      if (connections.idOf(connection) !== undefined) connection.leave();
    }, Math.random() * window),
  );
  const deadline = performance.now() + Math.min(ms * ASKING_SHARE, window + LEAVE_MS);
  const areLeft = (one: ObservedConnection): boolean => connections.idOf(one) !== undefined;
  while (performance.now() < deadline && held.some(areLeft)) await delay(LOOK_MS);
  for (const timer of timers) clearTimeout(timer);
}
