/** An event as engines keep it and the commit feed carries it; the encoded data is never parsed on the way. */
export interface StoredEvent {
  readonly topic: string;
  readonly offset: number;
  /** ms since the Unix epoch. */
  readonly time: number;
  readonly id: string | undefined;
  readonly key: string | undefined;
  readonly headers: Readonly<Record<string, string>> | undefined;
  /** The JSON half of the data, UTF-8. */
  readonly json: Uint8Array;
  /** superjson's `meta` as JSON text, UTF-8; absent where plain JSON says it all. */
  readonly meta: Uint8Array | undefined;
}

/** What an event counts for in retention and buffers: its encoded data and a flat charge for the rest. */
export function storedSize(event: StoredEvent): number {
  return EVENT_OVERHEAD + event.topic.length + event.json.byteLength + (event.meta?.byteLength ?? 0);
}

/** A flat charge per event for offset, time, id, key and headers, in bytes. */
const EVENT_OVERHEAD = 64;
