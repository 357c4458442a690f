import { nuid } from "@nats-io/transport-node";

/** A lease as it is saved. */
interface SavedLease {
  readonly node: string;
  /** Until when, in ms since the Unix epoch, by the holder's clock. */
  readonly until: number;
}

/** Where the lease is saved: a key of a bucket. */
export interface LeaseStore {
  put(key: string, value: SavedLease, revision: number): Promise<boolean>;
}

const KEY = "lease.retention";
/** How long a lease lasts, in ms; it is renewed when half of that is over. */
const LEASE_MS = 10_000;

/** Which node carries out retention. It saves work only: two that believe they hold it do no harm. */
export class Lease {
  readonly #node = nuid.next();
  readonly #store: LeaseStore;
  #revision = 0;
  #saved: SavedLease | undefined;
  /** When what is saved was seen first, by this node's clock. */
  #seen = 0;

  constructor(store: LeaseStore) {
    this.#store = store;
  }

  /** Notes what is saved under a key. */
  take(key: string, value: unknown, revision: number): void {
    if (key !== KEY) return;
    this.#saved = value as SavedLease;
    this.#revision = revision;
    this.#seen = performance.now();
  }

  /** Whether this node holds the lease; takes it when nobody does. */
  async hold(): Promise<boolean> {
    const age = performance.now() - this.#seen;
    const isOurs = this.#saved?.node === this.#node;
    if (isOurs && age < LEASE_MS / 2) return true;
    // Its age here, not its time: clocks differ.
    if (this.#saved !== undefined && this.#saved.until > 0 && !isOurs && age < LEASE_MS) return false;
    return this.#store.put(KEY, { node: this.#node, until: Date.now() + LEASE_MS }, this.#revision);
  }

  /** Gives the lease back, for others to take at once. */
  async release(): Promise<void> {
    if (this.#saved?.node !== this.#node || this.#saved.until === 0) return;
    await this.#store.put(KEY, { node: this.#node, until: 0 }, this.#revision);
  }
}
