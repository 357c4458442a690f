import type { Msg } from "@nats-io/transport-node";

/** What JetStream says of a message that it delivers. */
export interface Delivery {
  /** The stream's sequence. */
  readonly sequence: number;
  /** The consumer's own, which has no holes. */
  readonly consumerSequence: number;
  /** How many more are waiting. */
  readonly pending: number;
}

/** Reads what JetStream says of a delivered message; undefined for a status message. */
export function deliveryOf({ reply }: Msg): Delivery | undefined {
  if (reply === undefined || !reply.startsWith("$JS.ACK.")) return undefined;
  const tokens = reply.split(".");
  // $JS.ACK.<stream>.<consumer>.<deliveries>.<sequence>.<own>.<time>.<pending>; newer servers put a domain
  // and an account before the stream, and something random behind.
  const start = tokens.length > 9 ? 7 : 5;
  return {
    sequence: Number(tokens[start]),
    consumerSequence: Number(tokens[start + 1]),
    pending: Number(tokens[start + 3]),
  };
}
