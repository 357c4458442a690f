import type { DedupeWindow } from "../../log/dedupe-window.js";
import type { CommittedState } from "../../log/append-plan.js";
import type { Selection } from "../../log/selection.js";
import type { Retention } from "../../protocol/topic-info.js";
import { TopicNames } from "../topic-names.js";
import type { Group } from "./block.js";
import type { ImportMarks } from "./import-marks.js";
import { LmdbTopic } from "./lmdb-topic.js";

/** The topics that a selection matches, found once and kept up with. */
interface Matches {
  readonly topics: LmdbTopic[];
  readonly ids: Set<number>;
  /** Topics with a smaller id were looked at. */
  seen: number;
}

/** What the lmdb engine keeps in memory: its size goes with the number of topics, not of events. */
export class LmdbState implements CommittedState<LmdbTopic> {
  readonly dedupe: DedupeWindow;
  readonly names = new TopicNames();
  readonly #byId: LmdbTopic[] = [];
  readonly #byName = new Map<string, LmdbTopic>();
  readonly #matches = new WeakMap<Selection, Matches>();
  readonly #retentionOf: (topic: string) => Retention;
  readonly #marks: ImportMarks;
  tail = 0;
  lastTime = 0;
  /** The newest event that was trimmed, of any topic. */
  newestTrim = 0;
  /** Number of the last trim of any topic. */
  lastTrim = 0;
  /** Bytes of retained events, as retention counts them. */
  liveBytes = 0;
  /** Retained events. */
  liveEvents = 0;
  /** Bytes of trimmed events whose blocks may still be stored. */
  deadBytes = 0;
  /** Blocks that wait to be written to the index, over all topics. */
  pendingBlocks = 0;

  constructor(dedupe: DedupeWindow, marks: ImportMarks, retentionOf: (topic: string) => Retention) {
    this.dedupe = dedupe;
    this.#marks = marks;
    this.#retentionOf = retentionOf;
  }

  /** Topics that have had an event, by id. */
  get topics(): readonly LmdbTopic[] {
    return this.#byId;
  }

  get topicCount(): number {
    return this.#byId.length;
  }

  byName(name: string): LmdbTopic | undefined {
    return this.#byName.get(name);
  }

  importedThrough(topic: LmdbTopic, epoch: string): number {
    return this.#marks.through(topic, epoch);
  }

  byId(id: number): LmdbTopic | undefined {
    return this.#byId[id];
  }

  /** A topic that is not part of the state yet; ids go up from 0. */
  draft(name: string, ahead: number): LmdbTopic {
    return new LmdbTopic(this.#byId.length + ahead, name, this.#retentionOf(name));
  }

  /** Takes a topic in. */
  install(topic: LmdbTopic): void {
    this.#byId[topic.id] = topic;
    this.#byName.set(topic.name, topic);
    this.names.add(topic.name);
    this.tail = Math.max(this.tail, topic.lastOffset);
    this.lastTime = Math.max(this.lastTime, topic.lastTime);
    this.newestTrim = Math.max(this.newestTrim, topic.trimmedThrough);
    if (topic.trimmedThrough > 0) this.lastTrim = topic.lastTrim = 1;
    this.liveBytes += topic.bytes;
    this.liveEvents += topic.count;
  }

  /** Takes a block's groups in, once they are written. */
  addBlock(blockOffset: number, time: number, groups: readonly Group[]): void {
    for (const group of groups) {
      const topic = this.#byId[group.topicId] as LmdbTopic;
      topic.add(group, time);
      topic.pending.push(blockOffset);
      this.tail = Math.max(this.tail, group.lastOffset);
      this.liveBytes += group.size;
      this.liveEvents += group.count;
    }
    this.pendingBlocks += groups.length;
    this.lastTime = Math.max(this.lastTime, time);
  }

  /** Marks events as trimmed: from here on no reader sees them. */
  markTrimmed(topic: LmdbTopic, through: number, count: number, bytes: number): void {
    topic.trimmedThrough = through;
    topic.lastTrim = ++this.lastTrim;
    topic.count -= count;
    topic.bytes -= bytes;
    topic.isDirty = true;
    this.newestTrim = Math.max(this.newestTrim, through);
    this.liveBytes -= bytes;
    this.liveEvents -= count;
    this.deadBytes += bytes;
  }

  /** The last trim of those topics of a selection that lost an event after an offset; 0 when none did. */
  lastTrimAfter(selection: Selection, after: number): number {
    if (this.newestTrim <= after) return 0;
    if (!selection.isPattern) {
      const topic = this.#byName.get(selection.text);
      return topic !== undefined && topic.trimmedThrough > after ? topic.lastTrim : 0;
    }
    let last = 0;
    for (const { trimmedThrough, lastTrim } of this.#matchesOf(selection).topics) {
      if (trimmedThrough > after && lastTrim > last) last = lastTrim;
    }
    return last;
  }

  /** The ids of the topics that a selection matches. */
  matchingIds(selection: Selection): ReadonlySet<number> {
    return this.#matchesOf(selection).ids;
  }

  #matchesOf(selection: Selection): Matches {
    let matches = this.#matches.get(selection);
    if (matches === undefined) {
      matches = { topics: [], ids: new Set(), seen: 0 };
      this.#matches.set(selection, matches);
    }
    for (; matches.seen < this.#byId.length; matches.seen++) {
      const topic = this.#byId[matches.seen] as LmdbTopic;
      if (!selection.matches(topic.name)) continue;
      matches.topics.push(topic);
      matches.ids.add(topic.id);
    }
    return matches;
  }
}
