/** Where marks are saved: a bucket. */
export interface ImportStore {
  /** Saves a value if the key has this revision; resolves whether it did. */
  put(key: string, value: unknown, revision: number): Promise<boolean>;
  /** Brings what is saved up to now. */
  sync(): Promise<void>;
}

/** How far a topic has the events of another log. */
interface SavedThrough {
  readonly through: number;
}

/** Whether events of another log may be stored that no mark tells of: those after this offset, where it is not null. */
interface SavedBegin {
  readonly after: number | null;
}

interface Entry<Value> {
  readonly value: Value;
  readonly revision: number;
}

const KEYS = "import.";

/**
 * How far topics have the events of other logs, so that an import that is repeated stores nothing twice. Before
 * events are stored it is saved that an import has begun, and after them how far it came: what lies between is
 * found in the log again when a node was killed meanwhile.
 */
export class ImportMarks {
  readonly #store: ImportStore;
  readonly #throughs = new Map<string, Entry<SavedThrough>>();
  readonly #begun = new Map<string, Entry<SavedBegin>>();

  /** @param store - where they are saved */
  constructor(store: ImportStore) {
    this.#store = store;
  }

  /** Whether a key of the bucket is of a mark. */
  static has(key: string): boolean {
    return key.startsWith(KEYS);
  }

  /** Notes what is saved under a key. */
  take(key: string, value: unknown, revision: number): void {
    const isTopic = key.slice(KEYS.length).includes(".");
    if (isTopic) this.#throughs.set(key, { value: value as SavedThrough, revision });
    else this.#begun.set(key, { value: value as SavedBegin, revision });
  }

  /** Brings the marks up to now. */
  sync(): Promise<void> {
    return this.#store.sync();
  }

  /** Offset of the last event that a topic has of another log; 0 when it has none. */
  through(topic: string, epoch: string): number {
    return this.#throughs.get(keyOf(epoch, topic))?.value.through ?? 0;
  }

  /** After which offset there may be events of another log that no mark tells of; undefined where there are none. */
  unmarkedAfter(epoch: string): number | undefined {
    return this.#begun.get(KEYS + epoch)?.value.after ?? undefined;
  }

  /** Saves that events of another log are stored after an offset, and not marked yet. */
  async begin(epoch: string, after: number): Promise<void> {
    await this.#put(this.#begun, KEYS + epoch, (known) =>
      known?.after != null && known.after <= after ? undefined : { after },
    );
  }

  /** Saves that every event of another log is marked. */
  async end(epoch: string): Promise<void> {
    await this.#put(this.#begun, KEYS + epoch, (known) =>
      known?.after == null ? undefined : { after: null },
    );
  }

  /** Saves how far a topic has the events of another log; a mark only grows. */
  async save(topic: string, epoch: string, through: number): Promise<void> {
    await this.#put(this.#throughs, keyOf(epoch, topic), (known) =>
      known !== undefined && known.through >= through ? undefined : { through },
    );
  }

  /** Saves what `next` makes of what is saved, until nobody else saves at the same time. */
  async #put<Value>(
    saved: ReadonlyMap<string, Entry<Value>>,
    key: string,
    next: (known: Value | undefined) => Value | undefined,
  ): Promise<void> {
    for (;;) {
      const known = saved.get(key);
      const value = next(known?.value);
      if (value === undefined || (await this.#store.put(key, value, known?.revision ?? 0))) return;
      await this.#store.sync();
    }
  }
}

/** Keys of a bucket have no `~`; topics have no `=`, and epochs no dot. */
function keyOf(epoch: string, topic: string): string {
  return `${KEYS}${epoch}.${topic.replaceAll("~", "=7E")}`;
}
