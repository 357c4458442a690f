/** What a server has used. */
export interface Usage {
  /** Processor time since it started, in µs. */
  readonly cpuMicros: number;
  readonly residentBytes: number;
  /** Resident memory that is not a mapped file, whose pages are the system's to take back. */
  readonly anonymousBytes: number;
}

/** A server in a process of its own. */
export interface ServerProcess {
  readonly port: number;
  /** What it has used; after a collection of its garbage where that is asked for and there is any. */
  usage(options?: { readonly collects: boolean }): Promise<Usage>;
  close(): Promise<void>;
}
