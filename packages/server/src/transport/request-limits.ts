import { RtmsgError } from "../protocol/error.js";

/** Refuses a call of a connection that waits for as many answers as it may. */
export function tooManyRequests(limit: number): RtmsgError<"LIMIT_EXCEEDED"> {
  return exceeded(
    `The connection has ${limit} calls that are not answered yet, as many as may be: wait for some of them`,
    limit,
  );
}

/** Refuses a subscription of a connection that has as many as it may. */
export function tooManySubscriptions(limit: number): RtmsgError<"LIMIT_EXCEEDED"> {
  return exceeded(
    `The connection has ${limit} subscriptions, as many as may be: end some, or subscribe to a pattern`,
    limit,
  );
}

/** Refuses a batch of more calls than may be. */
export function tooManyCalls(limit: number): RtmsgError<"LIMIT_EXCEEDED"> {
  return exceeded(
    `The batch has more than ${limit} calls, the limit: make fewer calls at once, or use produceBatch`,
    limit,
  );
}

function exceeded(message: string, limit: number): RtmsgError<"LIMIT_EXCEEDED"> {
  return new RtmsgError("LIMIT_EXCEEDED", message, { limit });
}
