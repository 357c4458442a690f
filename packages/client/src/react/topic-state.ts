import type { Gap, RtmsgError, RtmsgEvent } from "../public.js";

/**
 * What a topic's subscription does.
 *
 * - `connecting`: the server has not answered yet
 * - `catchingUp`: events of the past come in
 * - `live`: the past is done, what comes is new; also while a connection that broke is made again,
 *   which `useConnection` tells
 * - `stale`: the server has lost its log, and something may be missing; it is `live` again when that has come
 * - `failed`: it has ended, see `error`
 * - `closed`: it has ended because the client was closed
 */
export type TopicStatus = "connecting" | "catchingUp" | "live" | "stale" | "failed" | "closed";

/** What `useTopic` returns: a new object whenever something of it has changed. */
export interface TopicState<Event = RtmsgEvent> {
  /** The newest events, in offset order, each once. */
  readonly events: readonly Event[];
  readonly status: TopicStatus;
  /** Why it has `failed`. */
  readonly error: RtmsgError | undefined;
  /** Events that were asked for and are gone: the last such gap. */
  readonly gap: Gap | undefined;
}

/** Before anything has come, and where a page is rendered on a server. */
export const INITIAL_STATE: TopicState<never> = {
  events: [],
  status: "connecting",
  error: undefined,
  gap: undefined,
};
