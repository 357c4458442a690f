/** What is remembered of an event id. */
export interface DedupeEntry {
  readonly offset: number;
  readonly time: number;
  /** Characters of one byte each. */
  readonly contentHash: string;
}
