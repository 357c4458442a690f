import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { BrokerLimits } from "../limits/limits.js";
import type { AppendEntry, AppendOutcome, Engine } from "../log/engine.js";
import { formatCursor } from "../protocol/cursor.js";
import { encodeData, type EncodedData } from "../protocol/encoded-data.js";
import { isRtmsgError, RtmsgError } from "../protocol/error.js";
import type { Logger } from "../observe/logger.js";
import type { Telemetry } from "../observe/telemetry.js";
import type { Receipt } from "../protocol/event.js";
import { LIMITS } from "../protocol/limits.js";
import { parseProduce, type ProduceInput } from "../protocol/inputs.js";
import type { ProduceResult } from "../protocol/produce-result.js";
import { dataInvalid } from "../topics/data-invalid.js";
import type { TopicRegistry } from "../topics/registry.js";
import { checkExtras } from "./event-extras.js";
import { contentHash } from "./content-hash.js";
import type { BatchCaller } from "./batch-caller.js";
import type { ProduceOrder } from "./produce-order.js";
import type { ProduceQuota } from "./produce-quota.js";
import { validate } from "./validation.js";

/** One event of a batch, ready to be appended, or what is wrong with it. */
type Prepared = AppendEntry | RtmsgError;

/** What a producer needs to be told. */
export interface ProducerSettings {
  readonly limits: BrokerLimits;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
}

/** Takes events in: checks them, encodes them once, and appends them in the order received. */
export class Producer {
  readonly #engine: Engine;
  readonly #registry: TopicRegistry;
  readonly #logger: Logger;
  readonly #telemetry: Telemetry;
  readonly #limits: BrokerLimits;
  /** Data as it is received may be larger than what a schema makes of it. */
  readonly #maxReceivedBytes: number;

  /**
   * @param engine - where events are appended
   * @param registry - the declared topics
   * @param settings - the broker's
   */
  constructor(engine: Engine, registry: TopicRegistry, settings: ProducerSettings) {
    const { limits, logger, telemetry } = settings;
    this.#engine = engine;
    this.#registry = registry;
    this.#logger = logger;
    this.#telemetry = telemetry;
    this.#limits = limits;
    this.#maxReceivedBytes = Math.max(limits.eventBytes, LIMITS.frameBytes);
  }

  /**
   * Produces one event.
   *
   * @param input - checked already
   * @param order - the connection's
   * @param quota - how much the client may produce; as much as it likes, without
   * @returns once the event is as safe as the engine promises
   */
  async produce(input: ProduceInput, order: ProduceOrder, quota?: ProduceQuota): Promise<Receipt> {
    quota?.takeEvents(1);
    const prepared = this.#prepare(input, quota);
    const outcome = await order.enter(new Set([input.topic]), prepared, async (entry) => {
      const [only] = await this.#engine.append([entry]);
      return only as AppendOutcome;
    });
    if (!outcome.ok) throw outcome.error;
    return this.#receipt(input.topic, outcome, order);
  }

  /**
   * Produces events that succeed or fail one by one.
   *
   * @param inputs - not checked yet
   * @param order - the connection's
   * @param caller - who produces them; undefined for this process itself
   * @returns one result per event, in order
   */
  async produceBatch(
    inputs: readonly unknown[],
    order: ProduceOrder,
    caller?: BatchCaller,
  ): Promise<ProduceResult[]> {
    const quota = caller?.quota;
    quota?.takeEvents(inputs.length);
    const topics = new Set<string>();
    const preparing = inputs.map((input): Prepared | Promise<Prepared> => {
      try {
        const parsed = parseProduce(input);
        const { topic } = parsed;
        caller?.check(topic);
        topics.add(topic);
        const prepared = this.#prepare(parsed, quota);
        if (!(prepared instanceof Promise)) return prepared;
        return prepared.catch(refusal);
      } catch (cause) {
        return refusal(cause);
      }
    });
    const isAsync = preparing.some((one) => one instanceof Promise);
    const prepared = isAsync
      ? Promise.all(preparing.map((one) => Promise.resolve(one)))
      : (preparing as Prepared[]);
    return order.enter(topics, prepared, (ready) => this.#appendPrepared(ready, order, caller));
  }

  async #appendPrepared(
    prepared: readonly Prepared[],
    order: ProduceOrder,
    caller: BatchCaller | undefined,
  ): Promise<ProduceResult[]> {
    const refuse = (error: RtmsgError): ProduceResult => {
      // Nobody throws it: where no caller is told, the log is.
      if (caller === undefined && isRtmsgError(error, "INTERNAL"))
        this.#logger.error({ error: error.cause }, "event failed");
      return { ok: false, error: (caller?.refused(error) ?? error).toJSON() };
    };
    const entries = prepared.filter((one): one is AppendEntry => !(one instanceof RtmsgError));
    const outcomes = entries.length === 0 ? [] : await this.#engine.append(entries);
    let next = 0;
    return prepared.map((one): ProduceResult => {
      if (one instanceof RtmsgError) return refuse(one);
      const outcome = outcomes[next++] as AppendOutcome;
      if (!outcome.ok) return refuse(outcome.error);
      const { topic } = one;
      const { offset, time, duplicate } = outcome;
      this.#count(topic, outcome, order);
      // A receipt, and a copy of it, would be two objects for each event.
      return { ok: true, topic, offset, cursor: formatCursor(this.#engine.epoch, offset), time, duplicate };
    });
  }

  #receipt(topic: string, outcome: AppendOutcome & { ok: true }, order: ProduceOrder): Receipt {
    const { offset, time, duplicate } = outcome;
    this.#count(topic, outcome, order);
    return { topic, offset, cursor: formatCursor(this.#engine.epoch, offset), time, duplicate };
  }

  #count(topic: string, { duplicate }: AppendOutcome & { ok: true }, order: ProduceOrder): void {
    if (!duplicate) order.produced++;
    this.#telemetry.produced(topic, duplicate);
  }

  #prepare(input: ProduceInput, quota: ProduceQuota | undefined): AppendEntry | Promise<AppendEntry> {
    const definition = this.#registry.require(input.topic);
    checkExtras(input, this.#limits);
    const { eventBytes, dataDepth } = this.#limits;
    if (definition === undefined) {
      const encoded = encodeData(input.data, eventBytes, dataDepth);
      return this.#entry(input, encoded, encoded, quota);
    }
    return this.#prepareDeclared(input, definition.schema, quota);
  }

  #prepareDeclared(
    input: ProduceInput,
    schema: StandardSchemaV1,
    quota: ProduceQuota | undefined,
  ): AppendEntry | Promise<AppendEntry> {
    const { eventBytes, dataDepth } = this.#limits;
    // Encoded before the schema runs, which may change what it is given.
    const received =
      input.id === undefined ? undefined : encodeData(input.data, this.#maxReceivedBytes, dataDepth);
    const validated = validate(schema, input.data);
    const finish = (result: StandardSchemaV1.Result<unknown>): AppendEntry => {
      if (result.issues !== undefined) throw dataInvalid(input.topic, result.issues);
      return this.#entry(input, encodeData(result.value, eventBytes, dataDepth), received, quota);
    };
    return validated instanceof Promise ? validated.then(finish) : finish(validated);
  }

  #entry(
    input: ProduceInput,
    encoded: EncodedData,
    received: EncodedData | undefined,
    quota: ProduceQuota | undefined,
  ): AppendEntry {
    const json = Buffer.from(encoded.json);
    const meta = encoded.meta === undefined ? undefined : Buffer.from(encoded.meta);
    const bytes = json.byteLength + (meta?.byteLength ?? 0);
    quota?.spendBytes(bytes);
    const limit = this.#limits.eventBytes;
    if (bytes > limit) {
      throw new RtmsgError(
        "EVENT_TOO_LARGE",
        `Event is ${bytes} bytes, over the limit of ${limit}: split it, or raise limits.eventBytes`,
        { limit },
      );
    }
    return {
      topic: input.topic,
      json,
      meta,
      id: input.id,
      key: input.key,
      headers: input.headers,
      contentHash:
        input.id === undefined || received === undefined
          ? undefined
          : contentHash(received, input, received === encoded ? json : undefined),
      expectedOffset: input.expectedOffset,
      newTopics: quota?.newTopics,
    };
  }
}

/** What is wrong with one event of a batch. */
function refusal(cause: unknown): RtmsgError {
  if (isRtmsgError(cause)) return cause;
  return new RtmsgError("INTERNAL", "Something went wrong in the server: its log says what", {}, { cause });
}
