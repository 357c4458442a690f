import type { AppendEntry, Engine } from "../log/engine.js";
import { parseCursor } from "../protocol/cursor.js";
import { encodeData } from "../protocol/encoded-data.js";
import { isRtmsgError, RtmsgError } from "../protocol/error.js";
import type { ImportedEvent, ImportResult } from "../protocol/imported-event.js";
import { parseImportedEvent } from "../protocol/inputs.js";
import type { TopicRegistry } from "../topics/registry.js";
import { contentHash } from "./content-hash.js";

/**
 * Takes in events of another log as they are: with their ids and times, and not validated again, since their
 * data is what a schema made of it.
 */
export class Importer {
  readonly #engine: Engine;
  readonly #registry: TopicRegistry;
  readonly #maxEventBytes: number;

  /**
   * @param engine - where events are appended
   * @param registry - the declared topics
   * @param maxEventBytes - largest encoded data of one event
   */
  constructor(engine: Engine, registry: TopicRegistry, maxEventBytes: number) {
    this.#engine = engine;
    this.#registry = registry;
    this.#maxEventBytes = maxEventBytes;
  }

  /**
   * Appends events up to the first that is refused: were those after it stored, a repeated import would take it
   * for one that is there.
   *
   * @throws RtmsgError `INPUT_INVALID` where the engine cannot import, and what fails all events alike
   */
  async import(inputs: readonly unknown[]): Promise<ImportResult> {
    if (this.#engine.canImport !== true) {
      throw new RtmsgError(
        "INPUT_INVALID",
        `The engine ${this.#engine.name} cannot import: times and order of a log are its own`,
      );
    }
    const entries: AppendEntry[] = [];
    let failed: ImportResult["failed"] = null;
    for (const [index, input] of inputs.entries()) {
      try {
        entries.push(this.#entry(parseImportedEvent(input)));
      } catch (cause) {
        if (!isRtmsgError(cause)) throw cause;
        failed = { index, error: cause.toJSON() };
        break;
      }
    }
    const result = { stored: 0, duplicates: 0, retimed: 0, failed };
    const outcomes = entries.length === 0 ? [] : await this.#engine.append(entries);
    for (const [index, outcome] of outcomes.entries()) {
      if (!outcome.ok) {
        // All later events of its topic fare the same: the topic is one too many.
        return { ...result, failed: { index, error: outcome.error.toJSON() } };
      }
      if (outcome.duplicate) result.duplicates++;
      else {
        result.stored++;
        if (outcome.time !== entries[index]?.origin?.time) result.retimed++;
      }
    }
    return result;
  }

  #entry(event: ImportedEvent): AppendEntry {
    const { topic, cursor, time, id, key, headers } = event;
    this.#registry.require(topic);
    const { epoch, offset } = parseCursor(cursor);
    const encoded = encodeData(event.data, this.#maxEventBytes);
    const json = Buffer.from(encoded.json);
    const meta = encoded.meta === undefined ? undefined : Buffer.from(encoded.meta);
    const bytes = json.byteLength + (meta?.byteLength ?? 0);
    if (bytes > this.#maxEventBytes) {
      throw new RtmsgError(
        "EVENT_TOO_LARGE",
        `Event is ${bytes} bytes, over the limit of ${this.#maxEventBytes}: raise limits.eventBytes`,
        { limit: this.#maxEventBytes },
      );
    }
    return {
      topic,
      json,
      meta,
      id,
      key,
      headers,
      contentHash: id === undefined ? undefined : contentHash(encoded, event),
      origin: { epoch, offset, time },
    };
  }
}
