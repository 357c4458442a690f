/** What a round showed of a server. */
export interface Sample {
  /** Its processor time for each delivery. */
  readonly cpuMicros: number;
  /** Deliveries. */
  readonly perSecond: number;
  readonly residentMB: number;
  /** From sending an event until a subscriber has it, in µs; where that was measured. */
  readonly latency?: { readonly p50: number; readonly p99: number; readonly p999: number };
}
