export {
  Broker,
  type BrokerOptions,
  type DedupeOptions,
  type SubscribedItem,
  type SubscribeOptions,
} from "./broker/broker.js";
export { createBroker, type CreateBrokerOptions } from "./create-broker.js";
export { lmdbEngine, type LmdbEngineOptions } from "./engines/lmdb.js";
export { memoryEngine, type MemoryEngineOptions } from "./engines/memory.js";
export type { Engine, EngineOpener } from "./log/engine.js";
export { lineLogger, type LogFields, type Logger } from "./observe/logger.js";
export * from "./protocol/index.js";
export { createRouter } from "./router/create-router.js";
export { formatError } from "./router/trpc-error.js";
export { startServer, type RtmsgServer, type ServerOptions } from "./server.js";
export * from "./topics/index.js";
export type { UndeclaredTopics } from "./topics/registry.js";
