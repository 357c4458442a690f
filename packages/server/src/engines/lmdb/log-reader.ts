import { setImmediate as nextTurn } from "node:timers/promises";
import type { LogPage, PageLimits } from "../../log/engine.js";
import type { Selection } from "../../log/selection.js";
import { storedSize, type StoredEvent } from "../../log/stored-event.js";
import { decodeGroup, decodeGroups, type Group, type GroupSource } from "./block.js";
import { decodeDirectory, directoryTime, findGroup, isSound, type Directory } from "./directory.js";
import type { LmdbState } from "./lmdb-state.js";
import type { LmdbTopic } from "./lmdb-topic.js";
import type { Tables } from "./tables.js";
import type { TopicIndex } from "./topic-index.js";
import type { LmdbTuning } from "./tuning.js";

/** Collects a page's events up to its limits. */
class PageBuilder {
  readonly events: StoredEvent[] = [];
  readonly #limits: PageLimits;
  #bytes = 0;

  constructor(limits: PageLimits) {
    this.#limits = limits;
  }

  /** Adds events as long as they fit; false when one did not. */
  add(events: readonly StoredEvent[]): boolean {
    for (const event of events) {
      this.#bytes += storedSize(event);
      const isFull = this.events.length >= this.#limits.maxEvents || this.#bytes > this.#limits.maxBytes;
      if (isFull && this.events.length > 0) return false;
      this.events.push(event);
    }
    return true;
  }
}

/** Reads the log of the lmdb engine: what is committed, applied, and not trimmed. */
export class LogReader {
  readonly #tables: Tables;
  readonly #state: LmdbState;
  readonly #index: TopicIndex;
  readonly #scanDirectories: number;

  constructor(parts: { tables: Tables; state: LmdbState; index: TopicIndex; tuning: LmdbTuning }) {
    this.#tables = parts.tables;
    this.#state = parts.state;
    this.#index = parts.index;
    this.#scanDirectories = parts.tuning.scanDirectories;
  }

  /** A page of a selection after an offset. */
  async read(selection: Selection, after: number, limits: PageLimits): Promise<LogPage> {
    if (selection.isPattern) return this.#readPattern(selection, after, limits);
    const topic = this.#state.byName(selection.text);
    return this.#readTopic(topic, after, limits, this.#state.lastTrimAfter(selection, after));
  }

  /** Where and when a topic's first retained event is; undefined when none is. */
  firstOf(topic: LmdbTopic): { readonly offset: number; readonly time: number } | undefined {
    for (const place of this.groupsAfter(topic, 0)) {
      const { firstOffset } = place.group;
      if (firstOffset > topic.trimmedThrough) return { offset: firstOffset, time: place.time };
      const [first] = this.eventsOf(topic, place, 0);
      if (first !== undefined) return first;
    }
    return undefined;
  }

  /** The directories from a block on, without those that are damaged. */
  *soundDirectoriesFrom(blockOffset: number): Generator<Directory, void> {
    const range = { start: blockOffset, end: this.#state.tail + 1 };
    for (const { key, value } of this.#tables.directories.getRange(range)) {
      if (isSound(value)) yield decodeDirectory(key, value);
    }
  }

  /** A topic's groups that hold retained events after an offset, with their directory's place and time. */
  *groupsAfter(
    topic: LmdbTopic,
    after: number,
  ): Generator<{ blockOffset: number; time: number; group: Group }, void> {
    const floor = Math.max(after, topic.trimmedThrough);
    for (const blockOffset of this.#index.blocksAfter(topic, floor)) {
      const bytes = this.#tables.directories.get(blockOffset);
      if (bytes === undefined) continue;
      const group = findGroup(blockOffset, bytes, topic.id);
      if (group !== undefined && group.lastOffset > floor)
        yield { blockOffset, time: directoryTime(bytes), group };
    }
  }

  /** The retained events of a topic's group after an offset. */
  eventsOf(
    topic: LmdbTopic,
    place: { blockOffset: number; time: number; group: Group },
    after: number,
  ): StoredEvent[] {
    const block = this.#tables.readBlock(place.blockOffset);
    if (block === undefined) return [];
    return decodeGroup({ block, topic: topic.name, ...place }, Math.max(after, topic.trimmedThrough));
  }

  /** The position just before the first block whose events are at or after a time; the tail when none is. */
  positionAtTime(time: number): number {
    const { tail } = this.#state;
    let low = 1;
    let high = tail + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const block = this.#blockFrom(middle);
      const bytes = block === undefined ? undefined : this.#tables.directories.get(block);
      if (block === undefined || bytes === undefined || directoryTime(bytes) >= time) high = middle;
      else low = block + 1;
    }
    // No block begins between the last one before that time and the one that was looked for.
    const block = this.#blockFrom(low);
    return block === undefined ? tail : block - 1;
  }

  /** The position just before the last so many events of a selection. */
  async positionOfLast(selection: Selection, count: number): Promise<number> {
    const { tail } = this.#state;
    if (count === 0) return tail;
    if (selection.isPattern) return this.#positionOfLastInPattern(selection, count);
    const topic = this.#state.byName(selection.text);
    if (topic === undefined || topic.count === 0) return tail;
    if (count >= topic.count) return topic.firstOffset - 1;
    let left = count;
    for (const blockOffset of this.#index.blocksBackwards(topic)) {
      const bytes = this.#tables.directories.get(blockOffset);
      const group = bytes === undefined ? undefined : findGroup(blockOffset, bytes, topic.id);
      if (bytes === undefined || group === undefined) continue;
      if (group.count < left) {
        left -= group.count;
        continue;
      }
      const events = this.eventsOf(topic, { blockOffset, time: directoryTime(bytes), group }, 0);
      return (events.at(-left)?.offset ?? topic.firstOffset) - 1;
    }
    return topic.firstOffset - 1;
  }

  async #positionOfLastInPattern(selection: Selection, count: number): Promise<number> {
    let left = count;
    let position = this.#state.tail;
    let end = this.#state.tail;
    for (;;) {
      const blocks = [
        ...this.#tables.directories.getKeys({ start: end, reverse: true, limit: this.#scanDirectories }),
      ];
      for (const blockOffset of blocks) {
        const bytes = this.#tables.directories.get(blockOffset);
        if (bytes === undefined) continue;
        const events = this.#patternEvents(selection, decodeDirectory(blockOffset, bytes), 0);
        const first = events.at(-Math.min(left, events.length));
        if (first === undefined) continue;
        position = first.offset - 1;
        left -= events.length;
        if (left <= 0) return position;
      }
      const last = blocks.at(-1);
      if (last === undefined || last <= 1) return position;
      end = last - 1;
      await nextTurn();
    }
  }

  #readTopic(topic: LmdbTopic | undefined, after: number, limits: PageLimits, lastTrim: number): LogPage {
    const { tail } = this.#state;
    const page = new PageBuilder(limits);
    if (topic !== undefined && topic.lastOffset > after) {
      for (const place of this.groupsAfter(topic, after)) {
        if (page.add(this.eventsOf(topic, place, after))) continue;
        return { events: page.events, through: lastOffset(page.events), atTail: false, lastTrim };
      }
    }
    return { events: page.events, through: Math.max(after, tail), atTail: true, lastTrim };
  }

  async #readPattern(selection: Selection, after: number, limits: PageLimits): Promise<LogPage> {
    const { tail } = this.#state;
    const lastTrim = this.#state.lastTrimAfter(selection, after);
    const page = new PageBuilder(limits);
    let scanned = 0;
    let through = after;
    const range = { start: this.#blockAtOrBefore(after + 1), end: tail + 1 };
    for (const { key, value } of this.#tables.directories.getRange(range)) {
      const directory = decodeDirectory(key, value);
      if (!page.add(this.#patternEvents(selection, directory, after))) {
        return { events: page.events, through: lastOffset(page.events), atTail: false, lastTrim };
      }
      for (const group of directory.groups) through = Math.max(through, group.lastOffset);
      if (++scanned < this.#scanDirectories || through >= tail) continue;
      // Few of these events were selected: let others have their turn.
      await nextTurn();
      return { events: page.events, through, atTail: false, lastTrim };
    }
    return { events: page.events, through: Math.max(after, tail), atTail: true, lastTrim };
  }

  /** The selected retained events of one block, in offset order. */
  #patternEvents(
    selection: Selection,
    { blockOffset, time, groups }: Directory,
    after: number,
  ): StoredEvent[] {
    const ids = this.#state.matchingIds(selection);
    const selected: (GroupSource & { after: number })[] = [];
    let block: Buffer | undefined;
    for (const group of groups) {
      if (!ids.has(group.topicId)) continue;
      const topic = this.#state.byId(group.topicId) as LmdbTopic;
      const floor = Math.max(after, topic.trimmedThrough);
      if (group.lastOffset <= floor) continue;
      block ??= this.#tables.readBlock(blockOffset);
      if (block === undefined) return [];
      selected.push({ block, blockOffset, group, topic: topic.name, time, after: floor });
    }
    return decodeGroups(selected);
  }

  /** The first applied block's offset at or after an offset; undefined when there is none. */
  #blockFrom(offset: number): number | undefined {
    // A commit that is written is seen here before it is applied.
    const range = { start: offset, end: this.#state.tail + 1, limit: 1 };
    for (const key of this.#tables.directories.getKeys(range)) return key;
    return undefined;
  }

  #blockAtOrBefore(offset: number): number {
    for (const key of this.#tables.directories.getKeys({ start: offset, reverse: true, limit: 1 }))
      return key;
    return 0;
  }
}

function lastOffset(events: readonly StoredEvent[]): number {
  return (events.at(-1) as StoredEvent).offset;
}
