import type { RtmsgError } from "@rtmsg/server/protocol";

/**
 * What a client's connection does.
 *
 * - `idle`: a lazy client, before its first call
 * - `connecting`: a socket is being opened, and the server has not accepted it yet
 * - `open`: the server has accepted the connection
 * - `waiting`: the last attempt or connection failed, and there is a next one in a moment
 * - `closed`: for good, by `close()` or because the server refused
 *
 * @example
 * ```ts
 * const isOffline = client.connection.state === "waiting";
 * ```
 */
export type ConnectionState = "idle" | "connecting" | "open" | "waiting" | "closed";

/**
 * A change of a connection's state.
 *
 * @example
 * ```ts
 * client.connection.subscribe((change) => console.log(change.state));
 * ```
 */
export interface ConnectionChange {
  /** The state now. */
  readonly state: ConnectionState;
  /** The state before. */
  readonly previous: ConnectionState;
  /** Why, where something failed. */
  readonly error: RtmsgError | undefined;
}

/**
 * The connection of a client, to be looked at: to show whether it is there, or to find out why not.
 *
 * @example
 * ```ts
 * const stop = client.connection.subscribe(({ state, error }) => {
 *   console.log(state, error?.message ?? "");
 * });
 * // In React: useSyncExternalStore(client.connection.subscribe, () => client.connection.state)
 * ```
 */
export interface ClientConnection {
  /** What it does now. */
  readonly state: ConnectionState;
  /** What failed last: why it is `waiting` or `closed`. Undefined while it is `open`. */
  readonly error: RtmsgError | undefined;
  /**
   * The address of the server that it is connected to, or was last: of several, as `createClient` was
   * given it.
   */
  readonly url: string;
  /**
   * Calls a listener at every change from now on.
   *
   * @param listener - is told the new state, the one before, and what failed
   * @returns what ends that
   */
  readonly subscribe: (listener: (change: ConnectionChange) => void) => () => void;
}

/**
 * What can happen to a connection.
 *
 * - `connect`: it is needed
 * - `accept`: the server has accepted it
 * - `lose`: the attempt or the connection failed
 * - `retry`: the wait is over
 * - `renew`: a new one is to take its place
 * - `refuse`: the server does not want this client, now or later
 * - `close`: the client was closed
 */
export type ConnectionInput = "connect" | "accept" | "lose" | "retry" | "renew" | "refuse" | "close";

/** The state after each input in each state. What does not matter in a state leaves it as it is. */
export const TRANSITIONS: Readonly<
  Record<ConnectionState, Readonly<Record<ConnectionInput, ConnectionState>>>
> = {
  idle: {
    connect: "connecting",
    accept: "idle",
    lose: "idle",
    retry: "idle",
    renew: "idle",
    refuse: "idle",
    close: "closed",
  },
  connecting: {
    connect: "connecting",
    accept: "open",
    lose: "waiting",
    retry: "connecting",
    renew: "connecting",
    refuse: "closed",
    close: "closed",
  },
  open: {
    connect: "open",
    accept: "open",
    lose: "waiting",
    retry: "open",
    renew: "connecting",
    refuse: "closed",
    close: "closed",
  },
  waiting: {
    connect: "waiting",
    accept: "waiting",
    lose: "waiting",
    retry: "connecting",
    renew: "waiting",
    refuse: "waiting",
    close: "closed",
  },
  closed: {
    connect: "closed",
    accept: "closed",
    lose: "closed",
    retry: "closed",
    renew: "closed",
    refuse: "closed",
    close: "closed",
  },
};
