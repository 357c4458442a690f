import type { ErrorBody } from "./error.js";

/**
 * An event of another log, as `admin.import` takes it and `rtmsg export` writes it.
 *
 * @example
 * ```ts
 * const event: ImportedEvent = { topic: "orders.created", cursor: "k3v9x2ab-41", time: 1_767_225_600_000, data: 1 };
 * ```
 */
export interface ImportedEvent {
  /** The topic's name. */
  readonly topic: string;
  /** Its cursor in the other log, by which an import that is repeated knows it again. */
  readonly cursor: string;
  /** Its time there, in ms since the Unix epoch. */
  readonly time: number;
  /** The event's data; any value that superjson carries. */
  readonly data?: unknown;
  /** The event's id. */
  readonly id?: string | undefined;
  /** The event's key. */
  readonly key?: string | undefined;
  /** The event's headers. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/**
 * What became of the events of one `admin.import`.
 *
 * @example
 * ```ts
 * const isWhole = ({ failed }: ImportResult): boolean => failed === null;
 * ```
 */
export interface ImportResult {
  /** Events that were stored. */
  readonly stored: number;
  /** Events that were there already, from an earlier import. */
  readonly duplicates: number;
  /** Of those stored, events whose time could not be kept: times never decrease in a log. */
  readonly retimed: number;
  /** The first event that was refused; those after it were left. Null when none was. */
  readonly failed: {
    /** Where it is among the events of the call, from 0. */
    readonly index: number;
    readonly error: ErrorBody;
  } | null;
}
