import { crc32 } from "node:zlib";
import { open, type Database, type RootDatabase } from "lmdb";
import { storedSize } from "../../../log/stored-event.js";
import { isTopicName } from "../../../protocol/topic-name.js";
import { decodeGroup, type Group } from "../block.js";
import { decodeDirectory, findGroup, isSound, type Directory } from "../directory.js";
import { LmdbTopic } from "../lmdb-topic.js";
import { FORMAT, isMetaSound, UNSEALED_FORMAT, type LogMeta } from "../log-meta.js";
import { isSealed, unsealed } from "../seal.js";
import { decodeChunk } from "../topic-index.js";
import type { VerifyMessage } from "./verify-message.js";

type Bytes<Key extends number | [number, number] | [string, number]> = Database<Buffer, Key>;

/** What a topic is known to have, by its record and by the log. */
interface CheckedTopic {
  readonly topic: LmdbTopic;
  /** Retained events and their bytes, as the directories have them. */
  count: number;
  bytes: number;
  /** The same of what was appended after the record was written. */
  newCount: number;
  newBytes: number;
  /** Blocks with retained events that the stored index has to know. */
  indexed: number;
}

/** Blocks between two messages of progress. */
const PROGRESS_BLOCKS = 256;
/** The shortest record of event ids, or of an import: one number. */
const SHORTEST_RECORD = 8;
/** The shortest record of a topic: eight numbers and a name. */
const RECORD_BYTES = 65;

/** Checks all tables of a log. */
export class LogCheck {
  readonly #env: RootDatabase;
  readonly #send: (message: VerifyMessage) => void;
  readonly #topics: (CheckedTopic | undefined)[] = [];
  readonly #counts = { topics: 0, blocks: 0, events: 0, bytes: 0 };
  #indexedThrough = 0;
  /** Whether topics, event ids and marks of imports have seals. */
  #hasSeals = true;
  /** Last offset and time of the blocks so far. */
  #tail = 0;
  #time = 0;

  /**
   * @param file - the data file
   * @param send - is told what is found
   */
  constructor(file: string, send: (message: VerifyMessage) => void) {
    this.#send = send;
    this.#env = open({ path: file, noSubdir: true, readOnly: true, maxDbs: 8 });
  }

  run(): void {
    const tables = new Set([...this.#env.getKeys({})].map(String));
    for (const [name, check] of [
      ["meta", () => this.#checkMeta()],
      ["topics", () => this.#readTopics()],
      ["directories", () => this.#checkBlocks()],
      ["blocks", () => this.#findStrayBlocks()],
      ["index", () => this.#checkIndex()],
      ["ids", () => this.#checkIds()],
      ["imports", () => this.#checkImports()],
    ] as const) {
      if (!tables.has(name)) {
        // Logs of earlier versions have no imports.
        if (name !== "imports") this.#problem(`The table ${name} is missing`);
        continue;
      }
      this.#send({ type: "stage", stage: `the table ${name}` });
      try {
        check();
      } catch (error) {
        this.#problem(`The table ${name} cannot be read: ${(error as Error).message}`);
      }
    }
    this.#checkTopics();
    this.#send({ type: "done", counts: this.#counts });
  }

  #problem(text: string): void {
    this.#send({ type: "problem", text });
  }

  #table<Key extends number | [number, number] | [string, number]>(name: string): Bytes<Key> {
    return this.#env.openDB<Buffer, Key>({ name, encoding: "binary" });
  }

  #checkMeta(): void {
    const log = this.#env.openDB<Partial<LogMeta>, string>({ name: "meta", encoding: "json" }).get("log");
    if (log === undefined) this.#problem("The log's own record is missing");
    else if (log.format !== FORMAT && log.format !== UNSEALED_FORMAT) {
      this.#problem(`The log has format ${log.format}, and this version of rtmsg reads format ${FORMAT}`);
    } else if (
      !/^[a-z0-9]{8}$/.test(log.epoch ?? "") ||
      !Number.isSafeInteger(log.indexedThrough) ||
      !isMetaSound(log as LogMeta)
    ) {
      this.#problem("The log's own record is not as it was written");
    }
    this.#indexedThrough = log?.indexedThrough ?? 0;
    this.#hasSeals = log?.format !== UNSEALED_FORMAT;
  }

  #readTopics(): void {
    const names = new Set<string>();
    for (const { key, value: stored } of this.#table<number>("topics").getRange({})) {
      const value = this.#hasSeals ? unsealed(stored) : stored;
      if (value.length < RECORD_BYTES) {
        this.#problem(`The record of topic number ${key} is too short`);
        continue;
      }
      const topic = LmdbTopic.decode(key, value, () => ({}));
      const numbers = [
        topic.lastOffset,
        topic.count,
        topic.bytes,
        topic.trimmedThrough,
        topic.indexedThrough,
      ];
      if (
        !isTopicName(topic.name) ||
        names.has(topic.name) ||
        !numbers.every((one) => Number.isSafeInteger(one) && one >= 0)
      ) {
        this.#problem(`The record of topic number ${key} is not as it was written`);
        continue;
      }
      if (this.#isBroken(stored))
        this.#problem(`The record of topic "${topic.name}" is not as it was written`);
      names.add(topic.name);
      this.#topics[key] = { topic, count: 0, bytes: 0, newCount: 0, newBytes: 0, indexed: 0 };
      this.#counts.topics++;
    }
  }

  #checkBlocks(): void {
    const directories = this.#table<number>("directories");
    const blocks = this.#table<number>("blocks");
    const total = directories.getKeysCount();
    for (const { key, value } of directories.getRange({})) {
      if (++this.#counts.blocks % PROGRESS_BLOCKS === 0) {
        this.#send({ type: "progress", done: this.#counts.blocks, total });
      }
      if (!isSound(value)) {
        this.#problem(`The directory of the block at offset ${key} is not as it was written`);
        continue;
      }
      const block = blocks.get(key);
      if (block === undefined) this.#problem(`The block at offset ${key} is missing, and its events with it`);
      else this.#checkBlock(decodeDirectory(key, value), block);
    }
    this.#send({ type: "progress", done: total, total });
  }

  #checkBlock(directory: Directory, block: Buffer): void {
    const { blockOffset, time, groups } = directory;
    if (time < this.#time) this.#problem(`The block at offset ${blockOffset} is older than the one before`);
    this.#time = Math.max(this.#time, time);
    this.#counts.bytes += block.length;
    const before = this.#tail;
    for (const group of groups) {
      const checked = this.#topics[group.topicId];
      this.#tail = Math.max(this.#tail, group.lastOffset);
      if (checked === undefined) {
        this.#problem(
          `The block at offset ${blockOffset} has events of topic number ${group.topicId}, which has no record`,
        );
        continue;
      }
      const { topic } = checked;
      const where = `Events ${group.firstOffset} to ${group.lastOffset} of topic "${topic.name}", in the block at offset ${blockOffset},`;
      if (group.firstOffset <= before || group.firstOffset < blockOffset) {
        this.#problem(`${where} are before events of an earlier block`);
      }
      const bytes = block.subarray(group.start, group.start + group.length);
      if (bytes.length !== group.length || crc32(bytes) !== group.checksum) {
        this.#problem(`${where} are not as they were written`);
      }
      this.#tally(checked, group, { directory, block });
    }
  }

  /** Counts a group's retained events. */
  #tally(
    checked: CheckedTopic,
    group: Group,
    { directory, block }: { directory: Directory; block: Buffer },
  ): void {
    const { topic } = checked;
    const { blockOffset, time } = directory;
    if (group.lastOffset <= topic.trimmedThrough) return;
    let { count, size } = group;
    if (group.firstOffset <= topic.trimmedThrough) {
      try {
        const left = decodeGroup(
          { block, blockOffset, group, topic: topic.name, time },
          topic.trimmedThrough,
        );
        count = left.length;
        size = left.reduce((sum, event) => sum + storedSize(event), 0);
      } catch {
        // It is told of already, by its checksum.
      }
    }
    checked.count += count;
    checked.bytes += size;
    if (blockOffset <= topic.indexedThrough) checked.indexed++;
    if (blockOffset > this.#indexedThrough && group.lastOffset > topic.lastOffset) {
      checked.newCount += count;
      checked.newBytes += size;
    }
    this.#counts.events += count;
  }

  #findStrayBlocks(): void {
    const directories = this.#table<number>("directories");
    for (const key of this.#table<number>("blocks").getKeys({})) {
      if (!directories.doesExist(key)) this.#problem(`The block at offset ${key} has no directory`);
    }
  }

  #checkIndex(): void {
    const directories = this.#table<number>("directories");
    let last = { topicId: -1, block: 0 };
    for (const { key, value } of this.#table<[number, number]>("index").getRange({})) {
      const [topicId, first] = key;
      const checked = this.#topics[topicId];
      for (const block of decodeChunk(first, value)) {
        if (topicId === last.topicId && block <= last.block) {
          this.#problem(`The index of topic number ${topicId} is out of order at block ${block}`);
        }
        last = { topicId, block };
        if (checked === undefined || block > checked.topic.indexedThrough) continue;
        const bytes = directories.get(block);
        // What was trimmed and swept may still be in the index.
        if (bytes === undefined || !isSound(bytes)) continue;
        const group = findGroup(block, bytes, topicId);
        if (group !== undefined && group.lastOffset > checked.topic.trimmedThrough) checked.indexed--;
      }
    }
    for (const checked of this.#topics) {
      if (checked === undefined || checked.indexed === 0) continue;
      const what = checked.indexed > 0 ? "does not know" : "knows twice";
      this.#problem(
        `The index of topic "${checked.topic.name}" ${what} ${Math.abs(checked.indexed)} of its blocks`,
      );
    }
  }

  #checkTopics(): void {
    for (const checked of this.#topics) {
      if (checked === undefined) continue;
      const { topic, count, bytes, newCount, newBytes } = checked;
      if (topic.count + newCount === count && topic.bytes + newBytes === bytes) continue;
      this.#problem(
        `Topic "${topic.name}" should have ${topic.count + newCount} events of ${topic.bytes + newBytes} bytes, and there are ${count} of ${bytes}`,
      );
    }
  }

  #checkIds(): void {
    for (const { key, value } of this.#table<number>("ids").getRange({})) {
      if (value.length >= SHORTEST_RECORD && !this.#isBroken(value)) continue;
      this.#problem(`The event ids of the commit at offset ${key} are not as they were written`);
    }
  }

  #checkImports(): void {
    for (const { key, value } of this.#table<[string, number]>("imports").getRange({})) {
      if (value.length >= SHORTEST_RECORD && !this.#isBroken(value)) continue;
      const [epoch, topicId] = key;
      const name = this.#topics[topicId]?.topic.name;
      const topic = name === undefined ? `topic number ${topicId}` : `topic "${name}"`;
      this.#problem(`How far ${topic} has the events of the log ${epoch} is not as it was written`);
    }
  }

  #isBroken(record: Buffer): boolean {
    return this.#hasSeals && !isSealed(record);
  }
}
