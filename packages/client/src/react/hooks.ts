import type { TopicTypes, TypesOf, Topics } from "@rtmsg/server/topics";
import { useCallback, useMemo, useState, useSyncExternalStore } from "react";
import type {
  CallOptions,
  ConnectionState,
  DataIn,
  EventOf,
  From,
  ProduceOptions,
  Receipt,
  RtmsgError,
} from "../public.js";
import type { CheckedSelection, CheckedTopic } from "@rtmsg/server/topics";
import { useClient } from "./provider.js";
import { TopicFeed } from "./topic-feed.js";
import { INITIAL_STATE, type TopicState } from "./topic-state.js";

/** Options of `useTopic`. */
export interface UseTopicOptions {
  /**
   * Where to start.
   * @default "latest"
   */
  readonly from?: From | undefined;
  /**
   * What to do when events that were asked for are gone: carry on and say so in `gap`, carry on
   * without a word, or fail with `GAP`.
   * @default "report"
   */
  readonly onGap?: "error" | "earliest" | "report" | undefined;
  /**
   * Most events to hold: the newest.
   * @default 100
   */
  readonly limit?: number | undefined;
}

/** What `useProduce` returns. */
export interface Produce<Data, Topic extends string = string> {
  /**
   * Produces one event. Its error is in `error` as well, so that a promise nobody waits for is no
   * unhandled rejection. The function stays the same from one rendering to the next.
   *
   * @throws RtmsgError as `client.produce.mutate`
   */
  readonly produce: (data: Data, options?: ProduceOptions & CallOptions) => Promise<Receipt<Topic>>;
  /** Whether events are under way. */
  readonly isPending: boolean;
  /** Why the last one that ended failed; undefined when it did not. */
  readonly error: RtmsgError | undefined;
  /** The receipt of the last one that was stored. */
  readonly receipt: Receipt<Topic> | undefined;
}

/** What `useConnection` returns. */
export interface ConnectionInfo {
  readonly state: ConnectionState;
  /** What failed last; undefined while it is `open`. */
  readonly error: RtmsgError | undefined;
}

/** The hooks, typed by topics. */
export interface Hooks<M extends TopicTypes> {
  /** The newest events of a topic or a pattern, see {@link useTopic}. */
  readonly useTopic: <const T extends string>(
    topic: CheckedSelection<M, T>,
    options?: UseTopicOptions,
  ) => TopicState<EventOf<M, T>>;
  /** Produces to a topic, see {@link useProduce}. */
  readonly useProduce: <const T extends string>(topic: CheckedTopic<M, T>) => Produce<DataIn<M, T>, T>;
  /** The connection, see {@link useConnection}. */
  readonly useConnection: () => ConnectionInfo;
}

/**
 * The hooks with the types of declared topics.
 *
 * @typeParam T - `typeof topics`, or the `Topics` of a generated module
 * @example
 * ```ts
 * export const { useTopic, useProduce, useConnection } = createHooks<typeof topics>();
 * ```
 */
export function createHooks<T = Topics>(): Hooks<TypesOf<T>> {
  return { useTopic, useProduce, useConnection } as unknown as Hooks<TypesOf<T>>;
}

/**
 * Follows a topic or a pattern: every event once, over broken connections and restarts of the server.
 * The component is rendered at most once a frame, however many events come. The subscription ends
 * when the component is unmounted.
 *
 * @param topic - a name or a pattern; another one starts anew
 * @param options - where to start, and how many events to hold; others start anew, as values
 * @throws Error when there is no `RtmsgProvider` above
 * @example
 * ```tsx
 * const { events, status } = useTopic("orders.created", { from: { last: 20 } });
 * return <ul>{events.map((event) => <li key={event.cursor}>{event.data.id}</li>)}</ul>;
 * ```
 */
export function useTopic(topic: string, options: UseTopicOptions = {}): TopicState {
  const client = useClient();
  const { from, onGap = "report", limit = 100 } = options;
  if (!(limit >= 1)) throw new RangeError(`limit is ${limit}: hold 1 event or more`);
  // `from` is usually written where the hook is called, and so another object each time.
  const start = JSON.stringify(from ?? null);
  const feed = useMemo(() => {
    const position = (JSON.parse(start) as From | null) ?? undefined;
    return new TopicFeed(client, { topic, from: position, onGap, limit });
  }, [client, topic, start, onGap, limit]);
  return useSyncExternalStore(feed.subscribe, feed.getState, () => INITIAL_STATE);
}

/**
 * Produces to a topic.
 *
 * @param topic - a name, no pattern
 * @throws Error when there is no `RtmsgProvider` above
 * @example
 * ```tsx
 * const { produce, isPending, error } = useProduce("chat.lobby");
 * return <button disabled={isPending} onClick={() => produce({ text: "hi" })}>Say hi</button>;
 * ```
 */
export function useProduce(topic: string): Produce<unknown> {
  const client = useClient();
  const [pending, setPending] = useState(0);
  const [outcome, setOutcome] = useState<Pick<Produce<unknown>, "error" | "receipt">>(NOTHING_YET);
  const produce = useCallback(
    (data: unknown, options?: ProduceOptions & CallOptions): Promise<Receipt> => {
      setPending((count) => count + 1);
      const stored = client.topic(topic).produce(data, options);
      stored
        .then(
          (receipt) => setOutcome({ receipt, error: undefined }),
          (error: unknown) => setOutcome(({ receipt }) => ({ receipt, error: error as RtmsgError })),
        )
        .finally(() => setPending((count) => count - 1));
      return stored;
    },
    [client, topic],
  );
  return { produce, isPending: pending > 0, ...outcome };
}

const NOTHING_YET = { error: undefined, receipt: undefined };

/**
 * The state of the client's connection.
 *
 * @throws Error when there is no `RtmsgProvider` above
 * @example
 * ```tsx
 * const { state } = useConnection();
 * return state === "open" ? null : <p>Connecting ...</p>;
 * ```
 */
export function useConnection(): ConnectionInfo {
  const { connection } = useClient();
  const state = useSyncExternalStore(connection.subscribe, () => connection.state, idle);
  const error = useSyncExternalStore(connection.subscribe, () => connection.error, none);
  return { state, error };
}

/** Where a page is rendered on a server there is no connection. */
const idle = (): ConnectionState => "idle";
const none = (): undefined => undefined;
