import type { RtmsgError } from "../protocol/error.js";
import type { Durability, Retention } from "../protocol/topic-info.js";
import type { Selection } from "./selection.js";
import type { StoredEvent } from "./stored-event.js";

/** How many topics one client may bring into being. */
export interface TopicQuota {
  /**
   * Counts a topic that is about to have its first event.
   *
   * @returns why the event is refused, if it is
   */
  take(topic: string): RtmsgError | undefined;
}

/** Where an event comes from that was in another log before. */
export interface EventOrigin {
  /** The other log's epoch. */
  readonly epoch: string;
  /** Its offset there. */
  readonly offset: number;
  /** Its time there, in ms since the Unix epoch. */
  readonly time: number;
}

/** One event to append. */
export interface AppendEntry {
  readonly topic: string;
  /** The JSON half of the data, UTF-8. */
  readonly json: Uint8Array;
  readonly meta?: Uint8Array | undefined;
  readonly id?: string | undefined;
  readonly key?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Hash of the content as it was received; given with every `id`. */
  readonly contentHash?: string | undefined;
  /** Append only if this is the topic's last offset ever; 0 before its first event. */
  readonly expectedOffset?: number | undefined;
  /** Asked before the event makes a topic; without, it may. */
  readonly newTopics?: TopicQuota | undefined;
  /**
   * Where it was before: it is stored unless this topic has it, or a later one, of that epoch. It keeps its time
   * as far as times never decrease and are not ahead of the clock. Ids do not keep it out.
   */
  readonly origin?: EventOrigin | undefined;
}

/** What became of one entry. */
export type AppendOutcome =
  | { readonly ok: true; readonly offset: number; readonly time: number; readonly duplicate: boolean }
  | { readonly ok: false; readonly error: RtmsgError };

/** How much a page may hold; one event always fits. */
export interface PageLimits {
  readonly maxEvents: number;
  /** Bytes, as `storedSize` counts them. */
  readonly maxBytes: number;
}

/** A page of a log. */
export interface LogPage {
  /**
   * Selected events after the position that was asked for, in offset order, without a hole. None, before
   * the tail, when many events were looked at that are not selected.
   */
  readonly events: readonly StoredEvent[];
  /** The page holds every retained selected event up to and including this offset. */
  readonly through: number;
  /** Whether `through` was the log's tail when the page was read. */
  readonly atTail: boolean;
  /**
   * The last trim, as the engine numbers them, of a topic of which a selected event after the position asked
   * for was trimmed; 0 when none was. A reader that knew of the trims through number N has missed an event
   * exactly if this is above N.
   */
  readonly lastTrim: number;
}

/** What an engine knows of a topic that has had an event. */
export interface TopicState {
  readonly topic: string;
  /** Offset of the first retained event; undefined when none is. */
  readonly firstOffset: number | undefined;
  /** Offset of the last event ever. */
  readonly lastOffset: number;
  /** Time of the last event ever. */
  readonly lastTime: number;
  /** Retained events. */
  readonly count: number;
  /** Bytes of the retained events, as `storedSize` counts them. */
  readonly bytes: number;
  /** Offset of the newest event that was trimmed; 0 when none was. */
  readonly trimmedThrough: number;
}

/** A page of topics, by name. */
export interface TopicStatePage {
  readonly topics: readonly TopicState[];
  /** Whether more follow. */
  readonly more: boolean;
}

/** What the broker tells an engine when it opens it. */
export interface EngineSettings {
  /** What to keep of a topic. */
  readonly retentionOf: (topic: string) => Retention;
  /** How long, and how many, event ids are remembered. */
  readonly dedupe: DedupeLimits;
  /** Most topics the log may hold; the event that would make one more is refused. */
  readonly maxTopics: number;
  /** The clock, in ms since the Unix epoch. */
  readonly now: () => number;
  /** Is told what the log does. */
  readonly observer?: LogObserver | undefined;
}

/** Is told what an engine does to the log. It is called within that work, so it must be quick and not throw. */
export interface LogObserver {
  /** A commit of so many events is as safe as the engine promises; it took so long, in ms. */
  committed(events: number, ms: number): void;
  /** So many events of a topic were trimmed. */
  trimmed(topic: string, events: number): void;
  /** Something that the log can do without is not as it was written. */
  damaged(what: string): void;
}

/** What a log takes. */
export interface LogUsage {
  /** Retained events. */
  readonly events: number;
  /** Bytes of the retained events, as `storedSize` counts them. */
  readonly bytes: number;
  /** Topics that have had an event. */
  readonly topics: number;
  /** What the log takes on the disk, in bytes; null where it has no files of its own. */
  readonly fileBytes: number | null;
}

/** Bounds of the dedupe window; whichever is reached first forgets the oldest id. */
export interface DedupeLimits {
  /** How long an id is remembered, in ms. */
  readonly windowMs: number;
  /** How many ids are remembered. */
  readonly maxIds: number;
}

/** A copy of a log, as it was at one moment; disposed of, it is removed. */
export interface LogBackup extends Disposable {
  /** Where it is. */
  readonly file: string;
  readonly bytes: number;
}

/** Opens an engine; what `memoryEngine()` and its like return. */
export type EngineOpener = (settings: EngineSettings) => Promise<Engine>;

/** Receives the events of one commit, in offset order. It must not throw. */
export type CommitListener = (events: readonly StoredEvent[]) => void;

/** Told `false` when events may be missing, and `true` when the listener was told of every one again. */
export type ReachListener = (isCurrent: boolean) => void;

/**
 * A storage implementation: one log of many topics.
 *
 * For implementors:
 * - Offsets start at 1 and grow with every event of the log; within an epoch none is ever used twice.
 * - Times never decrease.
 * - `append` MUST resolve only after the entries are as safe as `durability` says, and the commit
 *   feed MUST carry an event only then. Entries of one call, and calls in their order, keep their order.
 * - The feed MUST call its listeners synchronously, after the events can be read.
 * - Checks run in the order id, `expectedOffset`, against committed state and the entries before.
 * - Reads MUST NOT see events that are not committed.
 * - A trim MUST record what it trimmed through before, or together with, the events' removal.
 * - On a closed engine every call MUST reject with `SHUTTING_DOWN`; `close` may be called again.
 */
export interface Engine {
  /** `memory`, `lmdb` or `nats`. */
  readonly name: string;
  /** The log's incarnation. */
  readonly epoch: string;
  /** What a receipt stands for. */
  readonly durability: Durability;
  /** Whether it knows what to do with an entry's `origin`; without, it gets no such entries. */
  readonly canImport?: boolean | undefined;

  /** Appends entries; each has its own outcome, in order. */
  append(entries: readonly AppendEntry[]): Promise<AppendOutcome[]>;

  /** How far back every event id is remembered now, in ms: the dedupe window, or less when too many ids came. */
  dedupeReach(): number;

  /** Calls a listener for every commit from now on; returns what ends that. */
  onCommit(listener: CommitListener): () => void;

  /**
   * For an engine whose log is elsewhere, and which need not bring what nobody here wants: calls a listener
   * for the commits of one name or pattern, from the log's end on. Where it is there the broker uses it
   * instead of `onCommit`, which then brings everything.
   *
   * What follows may be behind what is read: a reader drops events up to the position it has reached. A
   * page of the same selection that is asked for after this call MUST hold every event that the listener
   * will not be told of.
   *
   * While the log is out of reach `onReach` is told, at once if it is so already.
   */
  readonly follow?:
    ((selection: string, listener: CommitListener, onReach?: ReachListener) => () => void) | undefined;

  /**
   * For an engine whose log is elsewhere: whether it is known to be out of reach now, so that whatever is asked
   * of it takes long, and then fails with `UNAVAILABLE`.
   */
  readonly isAway?: boolean | undefined;

  /** Offset of the last committed event; 0 in an empty log. */
  tail(): Promise<number>;

  /** The selected events after a position. */
  read(selection: Selection, after: number, limits: PageLimits): Promise<LogPage>;

  /**
   * A position before the first selected event at or after a time, and after every selected event
   * before that time; at most the tail.
   */
  positionAtTime(selection: Selection, time: number): Promise<number>;

  /** The position just before the last `count` selected retained events. */
  positionOfLast(selection: Selection, count: number): Promise<number>;

  /**
   * The number of the last trim of any topic, 0 before the first. Numbers go up with every trim, and only
   * compare within one opening of the engine; trims from before it have the number 1.
   */
  lastTrim(): Promise<number>;

  /** What is known of a topic; undefined before its first event. */
  topic(name: string): Promise<TopicState | undefined>;

  /** Topics by name, from the first that is after `after` and starts with `prefix`. */
  topics(options: { prefix: string; after: string; limit: number }): Promise<TopicStatePage>;

  /** Trims a topic's events up to and including an offset; returns how many went. */
  trim(topic: string, through: number): Promise<number>;

  /**
   * Tells whether an event could be stored now, without storing one.
   *
   * @throws RtmsgError `STORAGE_FULL`, `STORAGE_FAILED`, `UNAVAILABLE`
   */
  checkWritable(): Promise<void>;

  /** What the log takes now. */
  usage(): Promise<LogUsage>;

  /** Makes a copy of the log while it goes on; opened, the copy is another log. Not every engine can. */
  backup?(): Promise<LogBackup>;

  /** Ends the engine after what it accepted is committed. */
  close(): Promise<void>;
}
