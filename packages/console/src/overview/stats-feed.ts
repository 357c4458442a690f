import { signal, type ReadonlySignal } from "@preact/signals";
import { isRtmsgError, type Client, type RtmsgError } from "@rtmsg/client";

/** What a broker says of itself. */
export type Stats = Awaited<ReturnType<Client["admin"]["stats"]["query"]>>;

/** What it said at a time; without stats it was not to be reached since the sample before. */
export interface Sample {
  /** In s, as charts have it. */
  readonly at: number;
  readonly stats: Stats | undefined;
}

const POLL_MS = 1_000;
/** Samples that are kept: ten minutes. */
const MAX_SAMPLES = 600;
/** After a longer silence a chart's line is broken. */
const GAP_S = 4;

/**
 * The broker's figures, asked for once a second while the page is looked at, whichever page it is: a chart that
 * is come back to goes on.
 */
class StatsFeed {
  readonly #samples = signal<readonly Sample[]>([]);
  readonly #error = signal<RtmsgError | undefined>(undefined);
  #stop = new AbortController();

  readonly samples: ReadonlySignal<readonly Sample[]> = this.#samples;
  /** Why there was no answer the last time. */
  readonly error: ReadonlySignal<RtmsgError | undefined> = this.#error;

  /** Whether one may not see them. */
  get isForbidden(): boolean {
    return this.#error.value?.code === "FORBIDDEN";
  }

  /** Asks from now on; returns what ends that. */
  start(client: Client): () => void {
    this.#stop.abort();
    const stop = new AbortController();
    this.#stop = stop;
    this.#samples.value = [];
    this.#error.value = undefined;
    void this.#ask(client, stop.signal);
    return () => stop.abort();
  }

  async #ask(client: Client, stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      try {
        if (!document.hidden) this.#add(await client.admin.stats.query({ signal: stop }));
        if (!stop.aborted) this.#error.value = undefined;
      } catch (error) {
        if (stop.aborted) return;
        this.#error.value = error as RtmsgError;
        // A right may come with a fresh token.
        if (isRtmsgError(error, "FORBIDDEN")) await wait(10 * POLL_MS, stop);
      }
      await wait(POLL_MS, stop);
    }
  }

  #add(stats: Stats): void {
    const at = stats.time / 1_000;
    const before = this.#samples.value;
    const last = before.at(-1);
    if (last !== undefined && at <= last.at) return;
    const isAfterGap = last !== undefined && at - last.at > GAP_S;
    const gap: Sample[] = isAfterGap ? [{ at: last.at + 1, stats: undefined }] : [];
    this.#samples.value = [...before, ...gap, { at, stats }].slice(-MAX_SAMPLES);
  }
}

function wait(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    stop.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}

export const statsFeed = new StatsFeed();
