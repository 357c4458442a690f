import {
  isEvent,
  selectionCovers,
  selects,
  type From,
  type Gap,
  type OnGap,
  type RtmsgEvent,
} from "@rtmsg/server/protocol";
import type { BrokerClient } from "./broker-client.js";

/** How to subscribe. */
export interface MergeOptions {
  readonly from: From;
  readonly onGap: OnGap;
  readonly until?: "now" | undefined;
  readonly signal: AbortSignal;
}

/**
 * Subscribes to several topics and patterns. The past comes in the log's order, and each event once, also
 * where more than one selects it; live events come as they arrive.
 */
export function mergedEvents(
  client: BrokerClient,
  selections: readonly string[],
  options: MergeOptions,
): AsyncIterable<RtmsgEvent | Gap> {
  const distinct = selections.filter((selection, index) => !isCovered(selection, index, selections));
  const [only] = distinct;
  if (distinct.length === 1 && only !== undefined) return client.subscribe({ topic: only, ...options });
  return merge(client, distinct, options);
}

/** Whether another one selects all that a selection does; of two that are the same, the first stays. */
function isCovered(selection: string, index: number, all: readonly string[]): boolean {
  return all.some(
    (other, place) =>
      place !== index && selectionCovers(other, selection) && (other !== selection || place < index),
  );
}

/** One of several subscriptions. */
interface Source {
  readonly selection: string;
  /** What came, and has not been taken. */
  head: RtmsgEvent | Gap | undefined;
  /** Whether nothing of the past is still to come. */
  isLive: boolean;
  hasEnded: boolean;
  /** Lets the next item come. */
  takeNext: () => void;
}

async function* merge(
  client: BrokerClient,
  selections: readonly string[],
  options: MergeOptions,
): AsyncGenerator<RtmsgEvent | Gap, void> {
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, over.signal]);
  const sources = selections.map((selection): Source => ({
    selection,
    head: undefined,
    isLive: false,
    hasEnded: false,
    takeNext: () => undefined,
  }));
  let failure: { readonly error: unknown } | undefined;
  let wake: () => void = () => undefined;
  for (const source of sources) {
    read(client, source, { ...options, signal }, () => wake()).catch((error: unknown) => {
      failure ??= { error };
      source.hasEnded = true;
      wake();
    });
  }
  try {
    while (!sources.every(({ hasEnded, head }) => hasEnded && head === undefined)) {
      const next = firstOf(sources);
      if (failure !== undefined) throw failure.error;
      if (next?.head === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      const item = next.head;
      next.head = undefined;
      next.takeNext();
      // Of the selections that overlap, the first yields what they share.
      const isOther = isEvent(item) && sources.find((one) => selects(one.selection, item.topic)) !== next;
      if (!isOther) yield item;
    }
    if (failure !== undefined) throw failure.error;
  } finally {
    over.abort();
    for (const { takeNext } of sources) takeNext();
  }
}

async function read(
  client: BrokerClient,
  source: Source,
  options: MergeOptions,
  wake: () => void,
): Promise<void> {
  const items = client.subscribe({ topic: source.selection, caughtUp: true, ...options });
  for await (const item of items) {
    if ("type" in item && item.type === "caughtUp") {
      source.isLive = true;
      wake();
      continue;
    }
    const taken = new Promise<void>((resolve) => {
      source.takeNext = resolve;
    });
    source.head = item;
    wake();
    await taken;
  }
  source.hasEnded = true;
  wake();
}

/** Who has what comes next; undefined when that is not known yet. */
function firstOf(sources: readonly Source[]): Source | undefined {
  let first: Source | undefined;
  for (const source of sources) {
    if (source.head === undefined) {
      if (source.isLive || source.hasEnded) continue;
      return undefined;
    }
    if (first?.head === undefined || placeOf(source.head) < placeOf(first.head)) first = source;
  }
  return first;
}

/** A gap is told of at once. */
function placeOf(item: RtmsgEvent | Gap): number {
  return isEvent(item) ? item.offset : 0;
}
