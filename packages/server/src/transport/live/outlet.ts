/** Where a connection's bytes go. */
export interface Outlet {
  /** Bytes that were written and have not left yet. */
  readonly bufferedBytes: number;
  /** Whether the connection takes nothing any more. */
  readonly isClosed: boolean;
  /** How many live subscriptions share the connection; kept by their groups. */
  liveMembers: number;
  /** Writes bytes; they leave at the end of the turn, with the others of it. */
  write(bytes: Buffer): void;
  /**
   * Writes a turn's events of one live subscription: they leave at once where nothing else of the turn
   * has to leave with them.
   *
   * @returns whether they have left and nobody holds the bytes any more, so that they may be changed
   */
  deliver(bytes: Buffer): boolean;
  /**
   * Whether no more than so many bytes are waiting, or the connection is closed. Less than the stream's
   * own mark, at which it begins to tell when it has drained, counts as nothing.
   */
  hasRoom(maxBytes: number): boolean;
  /** Resolves when there is room, or soon after: whoever shares the connection may take it first. */
  drained(maxBytes: number): Promise<void>;
}
