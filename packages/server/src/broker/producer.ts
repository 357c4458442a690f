import type { StandardSchemaV1 } from "@standard-schema/spec";
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
import { contentHash } from "./content-hash.js";
import type { ProduceOrder } from "./produce-order.js";
import { validate } from "./validation.js";

/** One event of a batch, ready to be appended, or what is wrong with it. */
type Prepared = AppendEntry | RtmsgError;

/** What a producer needs to be told. */
export interface ProducerSettings {
  /** Largest encoded data of one event. */
  readonly maxEventBytes: number;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
}

/** Takes events in: checks them, encodes them once, and appends them in the order received. */
export class Producer {
  readonly #engine: Engine;
  readonly #registry: TopicRegistry;
  readonly #logger: Logger;
  readonly #telemetry: Telemetry;
  readonly #maxEventBytes: number;
  /** Data as it is received may be larger than what a schema makes of it. */
  readonly #maxReceivedBytes: number;

  /**
   * @param engine - where events are appended
   * @param registry - the declared topics
   * @param settings - the broker's
   */
  constructor(engine: Engine, registry: TopicRegistry, settings: ProducerSettings) {
    const { maxEventBytes, logger, telemetry } = settings;
    this.#engine = engine;
    this.#registry = registry;
    this.#logger = logger;
    this.#telemetry = telemetry;
    this.#maxEventBytes = maxEventBytes;
    this.#maxReceivedBytes = Math.max(maxEventBytes, LIMITS.frameBytes);
  }

  /**
   * Produces one event.
   *
   * @param input - checked already
   * @param order - the connection's
   * @returns once the event is as safe as the engine promises
   */
  async produce(input: ProduceInput, order: ProduceOrder): Promise<Receipt> {
    const outcome = await order.enter(new Set([input.topic]), this.#prepare(input), async (entry) => {
      const [only] = await this.#engine.append([entry]);
      return only as AppendOutcome;
    });
    if (!outcome.ok) throw outcome.error;
    return this.#receipt(input.topic, outcome);
  }

  /**
   * Produces events that succeed or fail one by one.
   *
   * @param inputs - not checked yet
   * @param order - the connection's
   * @param check - throws for a topic that the connection may not produce to
   * @returns one result per event, in order
   */
  async produceBatch(
    inputs: readonly unknown[],
    order: ProduceOrder,
    check: (topic: string) => void,
  ): Promise<ProduceResult[]> {
    const topics = new Set<string>();
    const preparing = inputs.map((input): Prepared | Promise<Prepared> => {
      let topic: string | undefined;
      try {
        const parsed = parseProduce(input);
        ({ topic } = parsed);
        check(topic);
        topics.add(topic);
        const prepared = this.#prepare(parsed);
        if (!(prepared instanceof Promise)) return prepared;
        return prepared.catch((cause: unknown) => this.#refusal(cause, parsed.topic));
      } catch (cause) {
        return this.#refusal(cause, topic);
      }
    });
    const isAsync = preparing.some((one) => one instanceof Promise);
    const prepared = isAsync
      ? Promise.all(preparing.map((one) => Promise.resolve(one)))
      : (preparing as Prepared[]);
    return order.enter(topics, prepared, (ready) => this.#appendPrepared(ready));
  }

  async #appendPrepared(prepared: readonly Prepared[]): Promise<ProduceResult[]> {
    const entries = prepared.filter((one): one is AppendEntry => !(one instanceof RtmsgError));
    const outcomes = entries.length === 0 ? [] : await this.#engine.append(entries);
    let next = 0;
    return prepared.map((one): ProduceResult => {
      if (one instanceof RtmsgError) return { ok: false, error: one.toJSON() };
      const outcome = outcomes[next++] as AppendOutcome;
      if (!outcome.ok) return { ok: false, error: outcome.error.toJSON() };
      return { ok: true, ...this.#receipt(one.topic, outcome) };
    });
  }

  /** What is wrong with one event of a batch. Nobody throws it, so it is logged here if it is the server's fault. */
  #refusal(cause: unknown, topic: string | undefined): RtmsgError {
    if (isRtmsgError(cause)) return cause;
    this.#logger.error({ error: cause, topic }, "event failed");
    return new RtmsgError("INTERNAL", "Something went wrong in the server: its log says what", {}, { cause });
  }

  #receipt(topic: string, outcome: AppendOutcome & { ok: true }): Receipt {
    const { offset, time, duplicate } = outcome;
    this.#telemetry.produced(topic, duplicate);
    return { topic, offset, cursor: formatCursor(this.#engine.epoch, offset), time, duplicate };
  }

  #prepare(input: ProduceInput): AppendEntry | Promise<AppendEntry> {
    const definition = this.#registry.require(input.topic);
    if (definition === undefined) {
      const encoded = encodeData(input.data, this.#maxEventBytes);
      return this.#entry(input, encoded, encoded);
    }
    // Encoded before the schema runs, which may change what it is given.
    const received = input.id === undefined ? undefined : encodeData(input.data, this.#maxReceivedBytes);
    const validated = validate(definition.schema, input.data);
    const finish = (result: StandardSchemaV1.Result<unknown>): AppendEntry => {
      if (result.issues !== undefined) throw dataInvalid(input.topic, result.issues);
      return this.#entry(input, encodeData(result.value, this.#maxEventBytes), received);
    };
    return validated instanceof Promise ? validated.then(finish) : finish(validated);
  }

  #entry(input: ProduceInput, encoded: EncodedData, received: EncodedData | undefined): AppendEntry {
    const json = Buffer.from(encoded.json);
    const meta = encoded.meta === undefined ? undefined : Buffer.from(encoded.meta);
    const bytes = json.byteLength + (meta?.byteLength ?? 0);
    if (bytes > this.#maxEventBytes) {
      throw new RtmsgError(
        "EVENT_TOO_LARGE",
        `Event is ${bytes} bytes, over the limit of ${this.#maxEventBytes}: split it, or raise maxEventBytes`,
        { limit: this.#maxEventBytes },
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
        input.id === undefined || received === undefined ? undefined : contentHash(received, input),
      expectedOffset: input.expectedOffset,
    };
  }
}
