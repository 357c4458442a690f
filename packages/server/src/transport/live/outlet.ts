/** Where a connection's bytes go. */
export interface Outlet {
  /** Bytes that were written and have not left yet. */
  readonly bufferedBytes: number;
  /** Writes bytes; they leave at the end of the turn, with the others of it. */
  write(bytes: Buffer): void;
  /** Resolves when no more than so many bytes are waiting, or the connection is gone. */
  drained(maxBytes: number): Promise<void>;
}
