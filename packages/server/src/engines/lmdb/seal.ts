import { crc32 } from "node:zlib";
import { RtmsgError } from "../../protocol/error.js";

/** So many bytes of a record are its seal. */
export const SEAL_BYTES = 4;

/**
 * Seals a record with a checksum of it, so that it is known to be as it was written.
 *
 * @param record - whose last four bytes are free for it
 */
export function seal(record: Buffer): Buffer {
  const end = record.length - SEAL_BYTES;
  record.writeUInt32LE(crc32(record.subarray(0, end)), end);
  return record;
}

/** Whether a record is as it was sealed. */
export function isSealed(record: Buffer): boolean {
  const end = record.length - SEAL_BYTES;
  return end >= 0 && crc32(record.subarray(0, end)) === record.readUInt32LE(end);
}

/** A record without its seal. */
export function unsealed(record: Buffer): Buffer {
  return record.subarray(0, record.length - SEAL_BYTES);
}

/**
 * Opens a sealed record.
 *
 * @param record - as it was read
 * @param what - it is, for a person
 * @throws RtmsgError `STORAGE_FAILED` when the bytes are not those that were written
 */
export function openSealed(record: Buffer, what: string): Buffer {
  if (isSealed(record)) return unsealed(record);
  const message = `The log is damaged: ${what} is not as it was written; restore a backup`;
  throw new RtmsgError("STORAGE_FAILED", message);
}

/** A record that was written before there were seals, with one. */
export function sealOld(record: Buffer): Buffer {
  return seal(Buffer.concat([record, Buffer.alloc(SEAL_BYTES)]));
}
