import type { HistoryPage, ProduceInput, TopicInfo } from "@rtmsg/server/protocol";
import type { Topics, TopicTypes } from "@rtmsg/server/topics";
import { query } from "./call.js";
import type { CallOptions } from "./call-options.js";
import { checkOptions, type ClientOptions } from "./client-options.js";
import type { Client } from "./client.js";
import { Addresses } from "./connection/addresses.js";
import { Connection } from "./connection/connection.js";
import type { SocketClass } from "./connection/session.js";
import { Producer } from "./produce/producer.js";
import { SchemaCheck } from "./produce/schema-check.js";
import { readWithCallbacks, type SubscribeCallbacks } from "./subscribe/callbacks.js";
import { SubscriptionIterator } from "./subscribe/subscription-iterator.js";
import { Subscription, type SubscriptionOptions } from "./subscribe/subscription.js";
import { topicHandle, type TopicCalls } from "./topic-handle.js";
import { stockClient } from "./trpc/stock-client.js";
import { WaitingCalls } from "./waiting-calls.js";

/**
 * Makes a client.
 *
 * @param options - as the user gave them
 * @param topics - the schemas, where they were given
 * @param Socket - the WebSocket of the platform
 * @throws TypeError when an option is malformed
 */
export function openClient<M extends TopicTypes>(
  options: ClientOptions,
  topics: Topics | undefined,
  Socket: SocketClass,
): Client<M> {
  const { maxBuffered, maxQueued, ...settings } = checkOptions(options);
  const schemas = topics === undefined ? undefined : new SchemaCheck(topics);
  const connection = new Connection({ addresses: new Addresses(options.url), Socket, ...settings });
  const waiting = new WaitingCalls(maxQueued);
  const producer = new Producer(connection, waiting, schemas);
  const ask =
    <Answer>(path: string) =>
    (input?: unknown, call?: CallOptions) =>
      query(connection, waiting, path, input, call) as Promise<Answer>;
  const tell = (path: string) => (input: unknown, call?: CallOptions) =>
    query(connection, waiting, path, input, call, "mutation");
  const iterate = (subscription: SubscriptionOptions, onStart?: () => void): SubscriptionIterator =>
    new SubscriptionIterator(new Subscription(connection, subscription, maxBuffered, onStart));
  const subscribe = Object.assign((input: SubscriptionOptions) => iterate(input), {
    subscribe: (input: SubscriptionOptions, callbacks: SubscribeCallbacks<unknown>) =>
      readWithCallbacks(iterate(input, callbacks.onStarted), callbacks, input.signal),
  });
  const calls: TopicCalls = {
    produce: (event, call) => producer.produce(event as ProduceInput, call),
    subscribe,
    history: ask<HistoryPage<unknown>>("history"),
    info: ask<TopicInfo>("topics.get"),
  };
  let trpc: unknown;
  // What the types say holds for what the server sends.
  const client = {
    produce: { mutate: calls.produce },
    produceBatch: {
      mutate: async ({ events }: { readonly events: readonly ProduceInput[] }, call?: CallOptions) => ({
        results: await producer.produceBatch(events, call),
      }),
    },
    subscribe,
    history: { query: calls.history },
    topics: {
      list: { query: ask("topics.list") },
      get: { query: calls.info },
      declared: { query: (call?: CallOptions) => ask("topics.declared")(undefined, call) },
    },
    admin: {
      stats: { query: (call?: CallOptions) => ask("admin.stats")(undefined, call) },
      connections: { query: ask("admin.connections") },
      disconnect: { mutate: tell("admin.disconnect") },
      trim: { mutate: tell("admin.trim") },
      deleteTopic: { mutate: tell("admin.deleteTopic") },
    },
    topic: (name: string) => topicHandle(name, calls),
    connection: publicSide(connection),
    get trpc() {
      return (trpc ??= stockClient(connection));
    },
    close: () => connection.close(),
    [Symbol.asyncDispose]: () => connection.close(),
  };
  return client as unknown as Client<M>;
}

/** What users see of the connection. */
function publicSide(connection: Connection): Client["connection"] {
  return {
    get state() {
      return connection.state;
    },
    get error() {
      return connection.error;
    },
    get url() {
      return connection.url;
    },
    subscribe: connection.subscribe,
  };
}
