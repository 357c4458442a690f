import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/** What lmdb's file says about itself, read without lmdb: using a truncated file through it ends the process. */
export interface FileHeader {
  readonly fileBytes: number;
  /** Bytes that the newest commit needs. */
  readonly usedBytes: number;
  /** Whether the newest commit was made without waiting for the disk, and is not known to be on it. */
  readonly isUnsynced: boolean;
}

const MAGIC = 0xbeefc0de;
const VERSION = 2;
/** Where the record of a commit begins in its page. */
const RECORD_AT = 24;
/** Where its fields are, from there. */
const FIELDS = { magic: 0, version: 4, pageSize: 24, flags: 28, lastPage: 120, transaction: 128, end: 144 };
const UNSYNCED = 0x1000;

/** Reads the header of a data file; undefined when it is empty, or of a layout that is not known. */
export function readFileHeader(path: string): FileHeader | undefined {
  const file = openSync(path, "r");
  try {
    const { size: fileBytes } = fstatSync(file);
    const first = readRecord(file, 0);
    if (first === undefined) return undefined;
    const second = readRecord(file, first.pageSize);
    const newest = second !== undefined && second.transaction > first.transaction ? second : first;
    const usedBytes = (newest.lastPage + 1) * first.pageSize;
    return { fileBytes, usedBytes, isUnsynced: newest.isUnsynced };
  } finally {
    closeSync(file);
  }
}

interface CommitRecord {
  readonly pageSize: number;
  readonly lastPage: number;
  readonly transaction: number;
  readonly isUnsynced: boolean;
}

function readRecord(file: number, at: number): CommitRecord | undefined {
  const bytes = Buffer.alloc(FIELDS.end);
  if (readSync(file, bytes, 0, bytes.length, at + RECORD_AT) < bytes.length) return undefined;
  if (bytes.readUInt32LE(FIELDS.magic) !== MAGIC || bytes.readUInt32LE(FIELDS.version) !== VERSION) {
    return undefined;
  }
  return {
    pageSize: bytes.readUInt32LE(FIELDS.pageSize),
    lastPage: Number(bytes.readBigUInt64LE(FIELDS.lastPage)),
    transaction: Number(bytes.readBigUInt64LE(FIELDS.transaction)),
    isUnsynced: (bytes.readUInt16LE(FIELDS.flags) & UNSYNCED) !== 0,
  };
}
