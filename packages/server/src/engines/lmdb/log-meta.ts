import { crc32 } from "node:zlib";

/** The layout that this version writes. */
export const FORMAT = 2;

/** The layout before: the same, but that topics, event ids and marks of imports have no seals. */
export const UNSEALED_FORMAT = 1;

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
  /** A checksum of all else. */
  readonly seal?: number;
}

/** The log's own record with a checksum of it. */
export function sealMeta(meta: LogMeta): LogMeta {
  return { ...meta, seal: checksumOf(meta) };
}

/** Whether the log's own record is as it was written, as far as can be told: old ones have no checksum. */
export function isMetaSound(meta: LogMeta): boolean {
  return meta.format === UNSEALED_FORMAT || meta.seal === checksumOf(meta);
}

function checksumOf(meta: LogMeta): number {
  const { seal: _, ...rest } = meta;
  return crc32(JSON.stringify(Object.entries(rest).toSorted(([one], [other]) => (one < other ? -1 : 1))));
}
