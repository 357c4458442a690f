import { initTRPC } from "@trpc/server";
import type { Broker } from "../broker/broker.js";
import { decodeEvent } from "../broker/event-decoding.js";
import type { CallOrigin } from "../observe/call-origin.js";
import type { Receipt } from "../protocol/event.js";
import {
  parseDeleteTopic,
  parseDisconnect,
  parseGetTopic,
  parseHistory,
  parseImport,
  parseListConnections,
  parseListTopics,
  parseProduce,
  parseProduceBatch,
  parseRefresh,
  parseSubscribe,
  parseTrim,
} from "../protocol/inputs.js";
import type { ProduceResult } from "../protocol/produce-result.js";
import { writeProduceResults, writeReceipt } from "../protocol/receipt-json.js";
import type { ServerInfo } from "../protocol/server-info.js";
import { transformer } from "../protocol/transformer.js";
import type { AppRouter, RouterContext } from "../topics/app-router.js";
import type { TopicTypes } from "../topics/topic-types.js";
import type { Access } from "../security/access.js";
import { Administrator } from "./administrator.js";
import { connectionOf, unboundConnection, type Connection } from "./connection.js";
import { allowDirectCall } from "./direct-call.js";
import { GuardedBroker } from "./guarded-broker.js";
import { TrackedBatchSubscription, TrackedSubscription } from "./tracked-subscription.js";
import { formatError, toTRPCError } from "./trpc-error.js";

/** How often an SSE subscription over tRPC sends a ping, in ms. */
const SSE_PING_MS = 15_000;

const t = initTRPC.context<RouterContext>().create({
  transformer,
  errorFormatter: formatError,
  // What a stack is written out for costs more than the rest of a refusal, and no client is told it.
  isDev: false,
  sse: { ping: { enabled: true, intervalMs: SSE_PING_MS } },
});

/** Inputs are checked in the calls themselves, which are made without tRPC's machinery too. */
const asItIs = (input: unknown): unknown => input;

const procedure = t.procedure.use(async ({ next }) => {
  const result = await next();
  if (!result.ok) throw toTRPCError(result.error);
  return result;
});

/**
 * Makes the tRPC router of a broker: `produce`, `produceBatch`, `subscribe`, `subscribeBatch`,
 * `history`, `topics.list`, `topics.get`, `topics.declared`, `auth.refresh`, `server.info`, and those of `admin`.
 *
 * To put it into a router of your own, give that router's `initTRPC` the `transformer` and the
 * `formatError` that `@rtmsg/server` exports.
 *
 * @param broker - whose topics to serve
 * @returns the router, typed by the broker's topics
 * @example
 * ```ts
 * const t = initTRPC.create({ transformer, errorFormatter: formatError });
 * const appRouter = t.router({ hello: t.procedure.query(() => "hi"), events: createRouter(broker) });
 * ```
 */
export function createRouter<M extends TopicTypes>(broker: Broker<M>): AppRouter<M> {
  const anyone = unboundConnection();
  const guarded = new GuardedBroker(broker as unknown as Broker);
  const administrator = new Administrator(broker as unknown as Broker);
  const accept = (input: unknown, context: unknown): Promise<Receipt> =>
    guarded.produce(parseProduce(input), connectionOf(context, anyone));
  const acceptBatch = async (
    input: unknown,
    context: unknown,
    origin?: () => CallOrigin,
  ): Promise<{ results: ProduceResult[] }> => {
    const connection = connectionOf(context, anyone);
    const { events } = parseProduceBatch(input);
    return {
      results: await guarded.produceBatch(events, connection, origin ?? (() => connection.origin ?? {})),
    };
  };
  const subscribe = (input: unknown, context: unknown, signal?: AbortSignal): TrackedSubscription => {
    const connection = connectionOf(context, anyone);
    const subscription = guarded.subscribe(parseSubscribe(input), connection.access, signal);
    connection.subscribed?.(subscription);
    return new TrackedSubscription(subscription, connection);
  };
  const subscribeBatch = (
    input: unknown,
    context: unknown,
    signal?: AbortSignal,
  ): TrackedBatchSubscription => {
    const connection = connectionOf(context, anyone);
    const subscription = guarded.subscribe(parseSubscribe(input), connection.access, signal);
    connection.subscribed?.(subscription);
    return new TrackedBatchSubscription(subscription, connection);
  };
  const infoFor = ({ terms }: Connection): ServerInfo =>
    terms === undefined ? broker.info : { ...broker.info, limits: terms };
  const accessOf = (context: unknown): Access => connectionOf(context, anyone).access;

  const router = t.router({
    produce: allowDirectCall(
      procedure.input(asItIs).mutation(({ ctx, input }) => accept(input, ctx)),
      { call: accept, writeJson: (receipt, sink) => writeReceipt(receipt, broker.epoch, sink) },
    ),
    produceBatch: allowDirectCall(
      procedure.input(asItIs).mutation(({ ctx, input }) => acceptBatch(input, ctx)),
      {
        call: acceptBatch,
        writeJson: ({ results }, sink) => writeProduceResults(results, broker.epoch, sink),
      },
    ),
    subscribe: allowDirectCall(
      procedure.input(asItIs).subscription(({ ctx, input, signal }) => subscribe(input, ctx, signal)),
      { call: (input, context) => subscribe(input, context) },
    ),
    subscribeBatch: allowDirectCall(
      procedure.input(asItIs).subscription(({ ctx, input, signal }) => subscribeBatch(input, ctx, signal)),
      { call: (input, context) => subscribeBatch(input, context) },
    ),
    history: procedure.input(parseHistory).query(async ({ ctx, input }) => {
      const { events, next } = await guarded.history(input, accessOf(ctx));
      return { events: events.map((event) => decodeEvent(event, broker.epoch)), next };
    }),
    topics: {
      list: procedure
        .input(parseListTopics)
        .query(({ ctx, input }) => guarded.listTopics(input, accessOf(ctx))),
      get: procedure
        .input(parseGetTopic)
        .query(({ ctx, input }) => guarded.getTopic(input.topic, accessOf(ctx))),
      declared: procedure.query(({ ctx }) => ({ topics: guarded.declaredTopics(accessOf(ctx)) })),
    },
    auth: {
      refresh: procedure.input(parseRefresh).mutation(({ ctx, input }) => accessOf(ctx).refresh(input.token)),
    },
    admin: {
      import: procedure
        .input(parseImport)
        .mutation(({ ctx, input }) => guarded.import(input.events, accessOf(ctx))),
      stats: procedure.query(({ ctx }) => administrator.stats(accessOf(ctx))),
      watch: procedure.subscription(({ ctx, signal }) => administrator.watch(accessOf(ctx), signal)),
      connections: procedure
        .input(parseListConnections)
        .query(({ ctx, input }) => administrator.connections(input, accessOf(ctx))),
      disconnect: procedure
        .input(parseDisconnect)
        .mutation(({ ctx, input }) => administrator.disconnect(input.id, accessOf(ctx))),
      trim: procedure.input(parseTrim).mutation(({ ctx, input }) => administrator.trim(input, accessOf(ctx))),
      deleteTopic: procedure
        .input(parseDeleteTopic)
        .mutation(({ ctx, input }) => administrator.deleteTopic(input.topic, accessOf(ctx))),
    },
    server: { info: procedure.query(({ ctx }) => infoFor(connectionOf(ctx, anyone))) },
  });
  // The procedures check at run time what the topics' types say at compile time.
  return router as unknown as AppRouter<M>;
}
