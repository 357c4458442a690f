import type { BatchResult, RtmsgError } from "@rtmsg/client";
import { CliError } from "./cli-error.js";
import { EXIT } from "./exit-codes.js";
import { count } from "./io/amounts.js";
import { note } from "./io/notes.js";
import { stdout } from "./io/output.js";

/** Most failed lines that are named one by one. */
const MAX_NAMED = 20;

/** A line whose data can be produced. */
export interface ReadLine {
  readonly number: number;
  readonly data: unknown;
  readonly id: string | undefined;
}

/** What became of the lines: says so as it goes, and sums it up. */
export class ProduceTally {
  readonly #topic: string;
  readonly #isJson: boolean;
  /** The lines of the call that is not answered yet. */
  sending: readonly ReadLine[] = [];
  produced = 0;
  /** Events that had been produced before, with the same id. */
  duplicates = 0;
  #failed = 0;
  /** The last line that was produced. */
  #through = 0;
  #first = 0;
  #last = 0;

  constructor(topic: string, isJson: boolean) {
    this.#topic = topic;
    this.#isJson = isJson;
  }

  async add(line: number, result: BatchResult): Promise<void> {
    if (!result.ok) {
      await this.failed(line, result.error);
      return;
    }
    this.#through = line;
    if (result.duplicate) this.duplicates++;
    else {
      if (this.produced++ === 0) this.#first = result.offset;
      this.#last = result.offset;
    }
    if (this.#isJson) await stdout.line(JSON.stringify({ line, ...result }));
  }

  async failed(line: number, error: RtmsgError): Promise<void> {
    if (this.#isJson) await stdout.line(JSON.stringify({ line, ok: false, error }));
    if (this.#failed++ < MAX_NAMED) {
      note(`line ${line}: ${error.message} (${error.code})`);
    } else if (this.#failed === MAX_NAMED + 1) {
      note("More lines failed, which --json would name");
    }
  }

  async finish(isInterrupted: boolean): Promise<void> {
    if (!this.#isJson) await stdout.line(this.#summary());
    if (isInterrupted) {
      const open = this.sending.length > 0 ? `, and ${this.sending.length} more may have been` : "";
      const goOn = this.#through > 0 ? `: go on with --from-line ${this.#through + 1}` : "";
      throw new CliError(
        `Interrupted: ${count(this.produced, "event")} had been produced${open}${goOn}`,
        EXIT.interrupted,
      );
    }
    if (this.#failed > 0) throw new CliError(`${count(this.#failed, "line")} failed`);
  }

  #summary(): string {
    const where = `to ${this.#topic}`;
    const before = this.duplicates > 0 ? `; ${count(this.duplicates, "event")} had been produced before` : "";
    if (this.produced === 0) return `Produced no event ${where}${before}`;
    const offsets = this.produced === 1 ? `offset ${this.#first}` : `offsets ${this.#first} to ${this.#last}`;
    return `Produced ${count(this.produced, "event")} ${where}, ${offsets}${before}`;
  }
}
