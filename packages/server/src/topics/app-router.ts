import type {
  TRPCBuiltRouter,
  TRPCDefaultErrorData,
  TRPCDefaultErrorShape,
  TRPCMutationProcedure,
  TRPCQueryProcedure,
  TRPCSubscriptionProcedure,
} from "@trpc/server";
import type { BrokerStats, ConnectionPage, ListConnectionsInput } from "../protocol/admin.js";
import type { ErrorBody } from "../protocol/error.js";
import type { Receipt, RtmsgEvent, SubscriptionItem } from "../protocol/event.js";
import type { HistoryInput, ListTopicsInput, SubscribeInput } from "../protocol/inputs.js";
import type { ImportedEvent, ImportResult } from "../protocol/imported-event.js";
import type { ProduceResult } from "../protocol/produce-result.js";
import type { ServerInfo } from "../protocol/server-info.js";
import type { DeclaredTopic, HistoryPage, TopicInfo, TopicPage } from "../protocol/topic-info.js";
import type { EventOf, ProduceTopic, TopicTypes, TypedProduceInput } from "./topic-types.js";

/** A tracked item: tRPC clients resume by its id, which is a cursor. */
export interface TrackedItem<Data> {
  /** The cursor to resume after this item. */
  readonly id: string;
  readonly data: Data;
}

/** The shape of every error on tRPC; `data.rtmsg` holds the stable code and its details. */
export interface RtmsgErrorShape extends TRPCDefaultErrorShape {
  data: TRPCDefaultErrorData & { readonly rtmsg: ErrorBody };
}

/** The context of the router's procedures. Apps that merge the router may have any of their own. */
export type RouterContext = object;

interface Def<Input, Output> {
  meta: object;
  input: Input;
  output: Output;
}

/** A name or pattern that events of declared topics can match. */
type AnySelection<M extends TopicTypes> = string extends keyof M
  ? string
  : (keyof M & string) | ProduceTopic<M> | `${string}*${string}` | `${string}>`;

type Subscribe<M extends TopicTypes> = Omit<SubscribeInput, "topic"> & { readonly topic: AnySelection<M> };

/** Any event of the declared topics. */
type AnyEvent<M extends TopicTypes> = string extends keyof M ? RtmsgEvent : EventOf<M, ">">;

/**
 * The type of rtmsg's tRPC router, for `createTRPCClient<AppRouter<...>>` and for merging it into a
 * router of your own.
 *
 * @typeParam M - the topics' types, `TypesOf<typeof topics>`
 * @example
 * ```ts
 * import superjson from "superjson";
 *
 * const socket = createWSClient({ url: "ws://127.0.0.1:3030/trpc" });
 * const trpc = createTRPCClient<AppRouter<TypesOf<typeof topics>>>({
 *   links: [wsLink({ client: socket, transformer: superjson })],
 * });
 * ```
 */
export type AppRouter<M extends TopicTypes = TopicTypes> = TRPCBuiltRouter<
  { ctx: RouterContext; meta: object; errorShape: RtmsgErrorShape; transformer: true },
  {
    produce: TRPCMutationProcedure<Def<TypedProduceInput<M>, Receipt<ProduceTopic<M>>>>;
    produceBatch: TRPCMutationProcedure<
      Def<
        { readonly events: readonly TypedProduceInput<M>[] },
        { readonly results: readonly ProduceResult[] }
      >
    >;
    subscribe: TRPCSubscriptionProcedure<
      Def<Subscribe<M>, AsyncIterable<TrackedItem<SubscriptionItem<AnyEvent<M>>>, void>>
    >;
    subscribeBatch: TRPCSubscriptionProcedure<
      Def<Subscribe<M>, AsyncIterable<TrackedItem<readonly SubscriptionItem<AnyEvent<M>>[]>, void>>
    >;
    history: TRPCQueryProcedure<
      Def<Omit<HistoryInput, "topic"> & { readonly topic: AnySelection<M> }, HistoryPage<AnyEvent<M>>>
    >;
    topics: {
      list: TRPCQueryProcedure<Def<ListTopicsInput | undefined, TopicPage>>;
      get: TRPCQueryProcedure<Def<{ readonly topic: string }, TopicInfo>>;
      declared: TRPCQueryProcedure<Def<void, { readonly topics: readonly DeclaredTopic[] }>>;
    };
    auth: {
      refresh: TRPCMutationProcedure<Def<{ readonly token: string }, { readonly expiresAt: number | null }>>;
    };
    admin: {
      import: TRPCMutationProcedure<Def<{ readonly events: readonly ImportedEvent[] }, ImportResult>>;
      stats: TRPCQueryProcedure<Def<void, BrokerStats>>;
      watch: TRPCSubscriptionProcedure<Def<void, AsyncIterable<BrokerStats, void>>>;
      connections: TRPCQueryProcedure<Def<ListConnectionsInput | undefined, ConnectionPage>>;
      disconnect: TRPCMutationProcedure<Def<{ readonly id: string }, { readonly disconnected: boolean }>>;
      trim: TRPCMutationProcedure<
        Def<{ readonly topic: string; readonly before: number }, { readonly trimmed: number }>
      >;
      deleteTopic: TRPCMutationProcedure<Def<{ readonly topic: string }, { readonly trimmed: number }>>;
    };
    server: {
      info: TRPCQueryProcedure<Def<void, ServerInfo>>;
    };
  }
>;
