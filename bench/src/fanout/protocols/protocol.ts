/** What a connection says, and what it reads before it goes on. */
export interface Step {
  readonly say: Buffer | string;
  /** In latin1. */
  readonly until: string;
}

/** An event that is sent. */
export interface OutgoingEvent {
  readonly topic: string;
  readonly data: string;
}

/** How a server is spoken to, in bytes. */
export interface Protocol {
  /** What tells the server that a connection is alive, which it asks for where that was not heard for long. */
  readonly alive?: Buffer;
  /** What a connection begins with. */
  readonly hello: readonly Step[];
  /** Subscribes to a topic. */
  readonly subscribe: (topic: string, requestId: number) => Step;
  /** Sends events; `requestId` is the first of as many that are free. */
  readonly publish: (events: readonly OutgoingEvent[], requestId: number) => Buffer;
}

/** The topic where there is one. */
export const TOPIC = "bench.events";
