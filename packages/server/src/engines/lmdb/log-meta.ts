/** The layout that this version writes. */
export const FORMAT = 1;

/** The log's own record. */
export interface LogMeta {
  /** Version of the layout. */
  readonly format: number;
  readonly epoch: string;
  /** Whether receipts waited for the disk since the log was opened last. */
  readonly isRelaxed: boolean;
  /** The machine's boot that the log was opened in last. */
  readonly bootId: string;
  /** Whether the log was closed in order. */
  readonly isClean: boolean;
  /** Every block up to this one is in the topics' records and indexes. */
  readonly indexedThrough: number;
  /** Whether this is a backup that nobody has opened yet. */
  readonly isCopy?: boolean;
}
