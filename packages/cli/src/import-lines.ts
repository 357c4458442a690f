import { selects, type ImportedEvent } from "@rtmsg/server/protocol";
import type { BrokerClient } from "./broker-client.js";
import { CliError } from "./cli-error.js";
import { EXIT } from "./exit-codes.js";
import { readExportLine } from "./exported-event.js";
import { count } from "./io/amounts.js";
import { readLines } from "./io/lines.js";
import { Progress } from "./io/progress.js";
import { listenForStop } from "./io/signals.js";
import { callAgain } from "./patient-call.js";

/** What is imported. */
export interface ImportSource {
  readonly input: NodeJS.ReadableStream & AsyncIterable<Buffer>;
  /** How many bytes it has, where that is known. */
  readonly bytes: number | undefined;
  /** Topics and patterns; all without. */
  readonly only: readonly string[] | undefined;
}

/** What was imported. */
export interface Imported {
  /** Events that were stored. */
  readonly stored: number;
  /** Events that had been imported before. */
  readonly duplicates: number;
  /** Events that were stored with another time. */
  readonly retimed: number;
  /** Events that were not asked for. */
  readonly skipped: number;
}

/** Events that are sent at once: so many, or so many characters of them. */
const BATCH_EVENTS = 1_000;
const BATCH_LENGTH = 2_097_152;

/** A line that was read. */
interface ReadEvent {
  readonly line: number;
  readonly event: ImportedEvent;
}

/**
 * Imports the lines of an export, in order.
 *
 * @throws CliError at the first line that is refused, or when it is interrupted; what was imported is kept
 */
export async function importLines(client: BrokerClient, source: ImportSource): Promise<Imported> {
  using stop = listenForStop();
  const endInput = (): void => {
    (source.input as { destroy?: () => void }).destroy?.();
  };
  stop.signal.addEventListener("abort", endInput);
  using run = new ImportRun(client, source, stop.signal);
  try {
    for await (const lines of readLines(counted(source.input, run))) {
      for (const line of lines) {
        if ("problem" in line) await run.refuse(line.number, line.problem);
        else if (line.text.trim() !== "") await run.add(line.number, line.text);
        if (stop.signal.aborted) break;
      }
    }
    if (!stop.signal.aborted) await run.send();
  } catch (error) {
    // A destroyed input ends with an error of its own.
    if (!stop.signal.aborted || error instanceof CliError) throw explain(error, run);
  }
  if (stop.signal.aborted) {
    throw new CliError(`Interrupted, ${run.soFar()}: run it again to go on`, EXIT.interrupted);
  }
  return run.imported;
}

function explain(error: unknown, run: ImportRun): unknown {
  const { syscall, message } = error as NodeJS.ErrnoException;
  if (syscall !== "read") return error;
  return new CliError(`The export cannot be read: ${message}; ${run.soFar()}`, undefined, { cause: error });
}

async function* counted(input: AsyncIterable<Buffer>, run: ImportRun): AsyncGenerator<Buffer, void> {
  for await (const chunk of input) {
    run.read(chunk.length);
    yield chunk;
  }
}

class ImportRun implements Disposable {
  readonly imported = { stored: 0, duplicates: 0, retimed: 0, skipped: 0 };
  readonly #client: BrokerClient;
  readonly #only: readonly string[] | undefined;
  readonly #signal: AbortSignal;
  readonly #progress: Progress;
  #batch: ReadEvent[] = [];
  #length = 0;
  #bytes = 0;

  constructor(client: BrokerClient, { bytes, only }: ImportSource, signal: AbortSignal) {
    this.#client = client;
    this.#only = only;
    this.#signal = signal;
    this.#progress = new Progress({ what: "Importing", unit: "byte", total: bytes });
  }

  /** Counts input. */
  read(bytes: number): void {
    this.#bytes += bytes;
  }

  /** Takes a line; sends those before it when there are enough. */
  async add(line: number, text: string): Promise<void> {
    const event = readExportLine(text);
    if ("problem" in event) return this.refuse(line, event.problem);
    if (this.#only?.some((selection) => selects(selection, event.topic)) === false) {
      this.imported.skipped += 1;
      return;
    }
    this.#batch.push({ line, event });
    this.#length += text.length;
    if (this.#batch.length >= BATCH_EVENTS || this.#length >= BATCH_LENGTH) await this.send();
  }

  /** Sends what was taken. */
  async send(): Promise<void> {
    const batch = this.#batch;
    this.#batch = [];
    this.#length = 0;
    if (batch.length === 0) return;
    const events = batch.map(({ event }) => event);
    // A batch that was sent twice is stored once.
    const { stored, duplicates, retimed, failed } = await callAgain(
      () => this.#client.trpc.admin.import.mutate({ events }, { signal: this.#signal }),
      this.#signal,
    );
    this.imported.stored += stored;
    this.imported.duplicates += duplicates;
    this.imported.retimed += retimed;
    this.#progress.to(this.#bytes, count(this.imported.stored + this.imported.duplicates, "event"));
    if (failed === null) return;
    const { message = "it was refused", code } = failed.error;
    throw this.#failure(batch[failed.index]?.line ?? 0, `${message} (${code})`);
  }

  /** Ends the import at a line, once what comes before it is imported. */
  async refuse(line: number, problem: string): Promise<never> {
    await this.send();
    throw this.#failure(line, problem);
  }

  /** What was done so far, in words. */
  soFar(): string {
    const { stored, duplicates } = this.imported;
    return `${count(stored, "event")} imported and ${duplicates.toLocaleString("en")} there already`;
  }

  [Symbol.dispose](): void {
    this.#progress[Symbol.dispose]();
  }

  #failure(line: number, problem: string): CliError {
    return new CliError(
      `Line ${line}: ${problem}; ${this.soFar()}: correct it, or take the line out, and run it again`,
    );
  }
}
