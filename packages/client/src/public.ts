export type { BatchResult } from "./batch-result.js";
export type {
  Client,
  HistoryProcedure,
  ProduceBatchProcedure,
  ProduceProcedure,
  SubscribeProcedure,
  TopicsProcedures,
} from "./client.js";
export type { ClientOptions } from "./client-options.js";
export type { BackoffOptions } from "./connection/backoff.js";
export type { KeepAliveOptions } from "./connection/session.js";
export type { BufferLimits } from "./subscribe/item-buffer.js";
export type { SubscribeOptions } from "./subscribe/subscribe-options.js";
export {
  ERROR_STATUS,
  isEvent,
  isRtmsgError,
  RtmsgError,
  type DataIssue,
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
  type JsonSchema,
  type ListTopicsInput,
  type Mark,
  type OnGap,
  type Receipt,
  type Retention,
  type RtmsgEvent,
  type SubscriptionItem,
  type TopicInfo,
  type TopicPage,
} from "@rtmsg/server/protocol";
export {
  defineTopics,
  type AppRouter,
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
