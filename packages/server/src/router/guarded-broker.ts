import type { Broker } from "../broker/broker.js";
import type { CallOrigin } from "../observe/call-origin.js";
import type { Subscription, SubscriptionInput } from "../broker/subscription.js";
import type { LogBackup } from "../log/engine.js";
import type { StoredEvent } from "../log/stored-event.js";
import type { Receipt } from "../protocol/event.js";
import type { ImportResult } from "../protocol/imported-event.js";
import type { HistoryInput, ListTopicsInput, ProduceInput } from "../protocol/inputs.js";
import type { ProduceResult } from "../protocol/produce-result.js";
import type { DeclaredTopic, HistoryPage, TopicInfo, TopicPage } from "../protocol/topic-info.js";
import type { Access } from "../security/access.js";
import type { Connection } from "./connection.js";
import { withRequest } from "./trpc-error.js";

type Caller = Pick<Connection, "order" | "access" | "transport">;

/**
 * The broker as clients may use it: every call of every transport goes through here, and asks first whether
 * the client has the right to it.
 */
export class GuardedBroker {
  readonly #broker: Broker;

  /** @param broker - what is guarded */
  constructor(broker: Broker) {
    this.#broker = broker;
  }

  /** Produces. @throws RtmsgError `FORBIDDEN`, and what the broker throws */
  produce(input: ProduceInput, { order, access }: Caller): Promise<Receipt> {
    access.require("produce", input.topic);
    return this.#broker.accept(input, order, access.account);
  }

  /** Produces events that succeed or fail one by one, `FORBIDDEN` too. `origin` tells which call it is. */
  async produceBatch(
    inputs: readonly unknown[],
    { order, access, transport }: Caller,
    origin: () => CallOrigin,
  ): Promise<ProduceResult[]> {
    const { refusals } = this.#broker.telemetry;
    return this.#broker.acceptBatch(inputs, order, {
      check: (topic) => access.require("produce", topic),
      refused: (error) => {
        const call = origin();
        refusals.note(error, { transport, path: "produceBatch", ...call });
        return withRequest(error, call);
      },
      quota: access.account,
    });
  }

  /** Takes in events of another log. @throws RtmsgError `FORBIDDEN`, and what the broker throws */
  async import(events: readonly unknown[], access: Access): Promise<ImportResult> {
    access.require("admin");
    return this.#broker.acceptImport(events);
  }

  /** Makes a copy of the log. @throws RtmsgError `FORBIDDEN`, and what the broker throws */
  async backup(access: Access): Promise<LogBackup> {
    access.require("admin");
    return this.#broker.backup();
  }

  /** Subscribes. @throws RtmsgError `FORBIDDEN`, and what the broker throws */
  subscribe(input: SubscriptionInput, access: Access, signal?: AbortSignal): Subscription {
    access.require("subscribe", input.topic);
    const subscription = this.#broker.openSubscription(input, signal);
    access.follow(input.topic, subscription);
    return subscription;
  }

  /** Reads a page of the past. @throws RtmsgError `FORBIDDEN`, and what the broker throws */
  async history(input: HistoryInput, access: Access): Promise<HistoryPage<StoredEvent>> {
    access.require("subscribe", input.topic);
    return this.#broker.readHistory(input);
  }

  /** The topics that the client has some right to, a page of them. */
  async listTopics(input: ListTopicsInput, access: Access): Promise<TopicPage> {
    return this.#broker.listTopics(input, (topic) => seesTopic(access, topic));
  }

  /** What was declared of the topics that the client has some right to. */
  declaredTopics(access: Access): readonly DeclaredTopic[] {
    return this.#broker.topics.declared().filter(({ selection }) => seesTopic(access, selection));
  }

  /** One topic. @throws RtmsgError `FORBIDDEN` also for one that does not exist, and what the broker throws */
  async getTopic(topic: string, access: Access): Promise<TopicInfo> {
    if (!seesTopic(access, topic)) access.require("subscribe", topic);
    return this.#broker.topics.get(topic);
  }
}

function seesTopic(access: Access, topic: string): boolean {
  return access.allows("subscribe", topic) || access.allows("produce", topic) || access.allows("admin");
}
