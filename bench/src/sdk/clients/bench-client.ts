/** A client library that produces, on one connection. */
export interface BenchProducer {
  /** Produces one event; resolves when the server has answered. */
  produce(topic: string, data: string): Promise<unknown>;
}

/** A client library that receives, too. */
export interface BenchClient extends BenchProducer {
  /**
   * Subscribes to a topic.
   *
   * @param onReady - called when what is produced from now on will come
   * @param onData - takes each event's data; answers false when it wants no more
   * @returns once the subscription has ended
   */
  receive(subscription: {
    readonly topic: string;
    readonly from: "latest" | "earliest";
    readonly onReady: () => void;
    readonly onData: (data: string) => boolean;
  }): Promise<void>;
}
