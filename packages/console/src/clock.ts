import { signal, type ReadonlySignal } from "@preact/signals";

const TICK_MS = 1_000;

const now = signal(Date.now());
setInterval(() => {
  if (!document.hidden) now.value = Date.now();
}, TICK_MS);

/** The time, in ms, which moves once a second: for ages. */
export const clock: ReadonlySignal<number> = now;
