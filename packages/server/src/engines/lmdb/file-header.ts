import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { endianness } from "node:os";
import { readBootId } from "./holder.js";

/** What lmdb's file says about itself, read without lmdb: a file that is not sound ends the process there. */
export interface FileHeader {
  readonly fileBytes: number;
  /** Bytes that the newest commit needs. */
  readonly usedBytes: number;
  /**
   * Whether the newest commit was made without waiting for the disk, and the machine went down since, so
   * that it may not be on it.
   */
  readonly mayBeLost: boolean;
}

const MAGIC = 0xbeefc0de;
const VERSION = 2;
const META_PAGE = 8;
const UNSYNCED = 0x1000;
const NO_ROOT = 0xffff_ffff_ffff_ffffn;
/** Where things are in each of the two pages that begin the file; 64 bits, little endian. */
const AT = {
  pageFlags: 18,
  magic: 24,
  version: 28,
  pageSize: 48,
  flags: 52,
  freeRoot: 88,
  mainRoot: 136,
  lastPage: 144,
  transaction: 152,
  boot: 160,
  end: 168,
};
/** Elsewhere the layout is another, and the file is opened unseen. */
const IS_KNOWN_LAYOUT = endianness() === "LE" && process.arch.includes("64");

/**
 * Reads the header of a data file.
 *
 * @returns undefined when the file is empty, which is a new one, or of a layout that is not known
 * @throws Error when it is no file of lmdb
 */
export function readFileHeader(path: string): FileHeader | undefined {
  // Writing is asked for because lmdb will.
  const file = openSync(path, "r+");
  try {
    const { size: fileBytes } = fstatSync(file);
    if (fileBytes === 0 || !IS_KNOWN_LAYOUT) return undefined;
    const first = readRecord(file, 0);
    const second = readRecord(file, first.pageSize);
    if (second.pageSize !== first.pageSize) throw notOfLmdb();
    const newest = second.transaction > first.transaction ? second : first;
    const usedBytes = (newest.lastPage + 1) * newest.pageSize;
    return { fileBytes, usedBytes, mayBeLost: newest.isUnsynced && newest.boot !== bootNumber() };
  } finally {
    closeSync(file);
  }
}

/** The record of one commit. */
interface CommitRecord {
  readonly pageSize: number;
  readonly lastPage: number;
  readonly transaction: bigint;
  readonly isUnsynced: boolean;
  readonly boot: bigint;
}

/** The machine's boot as lmdb notes it: the first digits of its name. */
function bootNumber(): bigint | undefined {
  const digits = /^[0-9a-f]+/i.exec(readBootId())?.[0];
  return digits === undefined ? undefined : BigInt(`0x${digits}`);
}

function readRecord(file: number, at: number): CommitRecord {
  const bytes = Buffer.alloc(AT.end);
  if (readSync(file, bytes, 0, bytes.length, at) < bytes.length) throw notOfLmdb();
  const pageSize = bytes.readUInt32LE(AT.pageSize);
  const lastPage = bytes.readBigUInt64LE(AT.lastPage);
  const roots = [bytes.readBigUInt64LE(AT.freeRoot), bytes.readBigUInt64LE(AT.mainRoot)];
  const isSound =
    (bytes.readUInt16LE(AT.pageFlags) & META_PAGE) !== 0 &&
    bytes.readUInt32LE(AT.magic) === MAGIC &&
    bytes.readUInt32LE(AT.version) === VERSION &&
    [512, 1_024, 2_048, 4_096, 8_192, 16_384, 32_768, 65_536].includes(pageSize) &&
    lastPage < 2 ** 48 &&
    roots.every((root) => root === NO_ROOT || root <= lastPage);
  if (!isSound) throw notOfLmdb();
  return {
    pageSize,
    lastPage: Number(lastPage),
    transaction: bytes.readBigUInt64LE(AT.transaction),
    isUnsynced: (bytes.readUInt16LE(AT.flags) & UNSYNCED) !== 0,
    boot: bytes.readBigUInt64LE(AT.boot),
  };
}

function notOfLmdb(): Error {
  return new Error(`data.mdb does not begin as a file of lmdb version ${VERSION} does`);
}
