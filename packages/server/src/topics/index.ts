export type { AppRouter, RouterContext, RtmsgErrorShape, TrackedItem } from "./app-router.js";
export { dataInvalid } from "./data-invalid.js";
export {
  defineTopics,
  type DeclaredTypes,
  type TopicDeclaration,
  type TopicDefinition,
  type TopicOptions,
  type Topics,
} from "./define-topics.js";
export { TopicRegistry } from "./registry.js";
export { parseDuration, parseSize, type Duration, type RetentionOptions, type Size } from "./retention.js";
export type {
  CheckedSelection,
  CheckedTopic,
  DataIn,
  DeclaredFor,
  EventOf,
  ProduceOptions,
  ProduceTopic,
  SubscribedItem,
  TopicType,
  TopicTypes,
  TypedProduceInput,
  TypesOf,
} from "./topic-types.js";
