export type { AdminProcedures } from "./admin-procedures.js";
export type { BatchResult } from "./batch-result.js";
export type {
  Client,
  HistoryProcedure,
  ProduceBatchProcedure,
  ProduceProcedure,
  SubscribeProcedure,
  TopicsProcedures,
} from "./client.js";
export type { CallOptions } from "./call-options.js";
export type { ClientOptions, SchemaOptions } from "./client-options.js";
export type { ClientConnection, ConnectionChange, ConnectionState } from "./connection/connection-state.js";
export type { BackoffOptions } from "./connection/backoff.js";
export type { KeepAliveOptions } from "./connection/keep-alive.js";
export type { Token } from "./connection/token.js";
export type { BufferLimits } from "./subscribe/item-buffer.js";
export type { SubscribeCallbacks, Unsubscribable } from "./subscribe/callbacks.js";
export type {
  CaughtUp,
  EventStream,
  Stale,
  StreamItem,
  SubscribeOptions,
} from "./subscribe/subscribe-options.js";
export type { TopicHandle, TopicHistoryOptions } from "./topic-handle.js";
export type { QueueLimits } from "./waiting-calls.js";
export {
  ERROR_STATUS,
  isEvent,
  isRtmsgError,
  RtmsgError,
  type BrokerStats,
  type ConnectionInfo,
  type ConnectionPage,
  type DataIssue,
  type DeclaredTopic,
  type DetailsOf,
  type Durability,
  type ErrorBody,
  type ErrorCode,
  type ErrorDetails,
  type From,
  type Gap,
  type GapDetails,
  type HistoryInput,
  type HistoryPage,
  type ImportedEvent,
  type ImportResult,
  type JsonSchema,
  type ListConnectionsInput,
  type ListTopicsInput,
  type Mark,
  type OnGap,
  type Rate,
  type Receipt,
  type Retention,
  type RtmsgEvent,
  type ServerInfo,
  type SubscriptionItem,
  type SubscriptionStatus,
  type TopicInfo,
  type TopicPage,
} from "@rtmsg/server/protocol";
export {
  defineTopics,
  type AppRouter,
  type DataIn,
  type DeclaredTypes,
  type Duration,
  type EventOf,
  type ProduceOptions,
  type ProduceTopic,
  type RetentionOptions,
  type Size,
  type SubscribedItem,
  type TopicDeclaration,
  type TopicDefinition,
  type TopicOptions,
  type Topics,
  type TopicType,
  type TopicTypes,
  type TypedProduceInput,
  type TypesOf,
} from "@rtmsg/server/topics";
