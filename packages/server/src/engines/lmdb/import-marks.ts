import type { ImportMark } from "../../log/append-plan.js";
import type { LmdbTopic } from "./lmdb-topic.js";
import { openSealed, seal, SEAL_BYTES } from "./seal.js";
import type { Tables } from "./tables.js";

/** How far topics have the events of other logs, so that an import that is repeated stores nothing twice. */
export class ImportMarks {
  readonly #tables: Tables;
  /** Those of this run, by epoch and topic id. */
  readonly #written = new Map<string, number>();

  /** @param tables - where the marks are kept */
  constructor(tables: Tables) {
    this.#tables = tables;
  }

  /** Offset of the last event that a topic has of another log; 0 when it has none. */
  through({ id }: LmdbTopic, epoch: string): number {
    const written = this.#written.get(`${epoch} ${id}`);
    if (written !== undefined) return written;
    const record = this.#tables.imports.get([epoch, id]);
    if (record === undefined) return 0;
    return openSealed(record, `what it has of the log ${epoch}`).readDoubleLE(0);
  }

  /** Puts a commit's marks into the batch that is being made. */
  put(marks: Iterable<ImportMark>, topicIds: readonly number[]): void {
    for (const { epoch, index, through } of marks) {
      const bytes = Buffer.allocUnsafe(8 + SEAL_BYTES);
      bytes.writeDoubleLE(through);
      void this.#tables.imports.put([epoch, topicIds[index] as number], seal(bytes));
    }
  }

  /** Notes a commit's marks, once they are written. */
  wrote(marks: Iterable<ImportMark>, topicIds: readonly number[]): void {
    for (const { epoch, index, through } of marks) {
      this.#written.set(`${epoch} ${topicIds[index] as number}`, through);
    }
  }
}
