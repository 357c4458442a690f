/** What a connection says, and what it reads before it goes on. */
export interface Step {
  readonly say: Buffer | string;
  readonly until: string;
}

/** How a server is spoken to, in bytes. */
export interface Protocol {
  /** What tells the server that a connection is alive, which it asks for where that was not heard for long. */
  readonly alive?: Buffer;
  /** What a connection begins with. */
  readonly hello: readonly Step[];
  /** Subscribes to the one topic. */
  subscribe(requestId: number): Step;
  /** Sends so many events of some data to the topic; `requestId` is the first of as many that are free. */
  publish(data: string, count: number, requestId: number): Buffer;
}

/** The topic of the benchmark. */
export const TOPIC = "bench.events";
