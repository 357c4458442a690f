import { Broker } from "./broker/broker.js";
import type { BrokerOptions } from "./broker/broker-options.js";
import { memoryEngine } from "./engines/memory.js";
import type { EngineOpener } from "./log/engine.js";
import type { TopicTypes } from "./topics/topic-types.js";

/** Options of `createBroker`. */
export interface CreateBrokerOptions<M extends TopicTypes = TopicTypes> extends BrokerOptions<M> {
  /**
   * Where events are kept.
   * @default memoryEngine()
   */
  readonly engine?: EngineOpener | undefined;
}

/**
 * Makes a broker in this process, without a server. Close it when it is no longer used.
 *
 * @param options - topics, engine and limits
 * @throws TypeError when an option is malformed
 * @example
 * ```ts
 * await using broker = await createBroker({ topics });
 * await broker.produce({ topic: "orders.created", data: { id: "o-1", total: 12 } });
 * ```
 */
export function createBroker<M extends TopicTypes = TopicTypes>(
  options: CreateBrokerOptions<M> = {},
): Promise<Broker<M>> {
  return Broker.open<M>(options.engine ?? memoryEngine(), options);
}
