import type { AppendPlan } from "../../log/append-plan.js";
import { CommitFeed } from "../../log/commit-feed.js";
import { DedupeWindow } from "../../log/dedupe-window.js";
import type {
  AppendEntry,
  AppendOutcome,
  CommitListener,
  Engine,
  EngineSettings,
  LogBackup,
  LogPage,
  LogUsage,
  PageLimits,
  TopicState,
  TopicStatePage,
} from "../../log/engine.js";
import { GroupCommit } from "../../log/group-commit.js";
import { logClosed, OpenCalls } from "../../log/open-calls.js";
import type { Selection } from "../../log/selection.js";
import type { EncodedBlock } from "./block.js";
import { encodeCommit, type EncodedCommit } from "./commit.js";
import type { DataFolder } from "./data-folder.js";
import { encodeDirectory } from "./directory.js";
import { Housekeeping } from "./housekeeping.js";
import { IdTable } from "./id-table.js";
import { ImportMarks } from "./import-marks.js";
import { IndexWriter } from "./index-writer.js";
import { LmdbState } from "./lmdb-state.js";
import type { LmdbTopic } from "./lmdb-topic.js";
import { LogReader } from "./log-reader.js";
import { loadTopics } from "./load-topics.js";
import type { OpenLog } from "./open-log.js";
import type { Reserve } from "./reserve.js";
import { Room } from "./room.js";
import { Sweeper } from "./sweeper.js";
import type { Tables } from "./tables.js";
import { TopicIndex } from "./topic-index.js";
import { Trimmer } from "./trimmer.js";
import type { LmdbTuning } from "./tuning.js";

/** What the engine is made of. */
export interface LmdbEngineParts {
  readonly folder: DataFolder;
  readonly tables: Tables;
  readonly log: OpenLog;
  readonly reserve: Reserve;
  readonly settings: EngineSettings;
  readonly maxLogBytes: number | undefined;
  readonly tuning: LmdbTuning;
}

/** The embedded engine: a log of blocks in lmdb, with an index by topic written behind it. */
export class LmdbEngine implements Engine {
  readonly name = "lmdb";
  readonly durability: "durable" | "relaxed";
  readonly epoch: string;
  readonly canImport = true;
  readonly #folder: DataFolder;
  readonly #log: OpenLog;
  readonly #tables: Tables;
  readonly #state: LmdbState;
  readonly #reader: LogReader;
  readonly #trimmer: Trimmer;
  readonly #indexWriter: IndexWriter;
  readonly #ids: IdTable;
  readonly #marks: ImportMarks;
  readonly #now: () => number;
  readonly #housekeeping: Housekeeping;
  readonly #room: Room;
  readonly #feed = new CommitFeed();
  readonly #commits: GroupCommit<LmdbTopic>;
  readonly #blockBytes: number;
  /** The plan that is being written. */
  #encoded: EncodedCommit = { newTopics: [], topicIds: [], blocks: [], bytes: 0 };
  #closing: Promise<void> | undefined;
  /** Those that read or trim. */
  readonly #calls = new OpenCalls();

  constructor({ folder, tables, log, reserve, settings, maxLogBytes, tuning }: LmdbEngineParts) {
    this.durability = log.isRelaxed ? "relaxed" : "durable";
    this.epoch = log.epoch;
    this.#log = log;
    this.#folder = folder;
    this.#tables = tables;
    this.#blockBytes = tuning.blockBytes;
    const { retentionOf, now } = settings;
    this.#now = now;
    this.#marks = new ImportMarks(tables);
    const state = new LmdbState(new DedupeWindow(settings.dedupe), this.#marks, retentionOf);
    loadTopics(tables, state, log.indexedThrough, retentionOf);
    this.#state = state;
    const index = new TopicIndex(tables, tuning.chunkBlocks);
    const reader = new LogReader({ tables, state, index, tuning });
    this.#reader = reader;
    const room = new Room(log);
    this.#room = room;
    const { observer } = settings;
    const trimmer = new Trimmer({ tables, state, reader, maxLogBytes, tuning, observer });
    for (const topic of state.topics) trimmer.note(topic, now());
    this.#trimmer = trimmer;
    this.#indexWriter = new IndexWriter({ tables, log, state, index, tuning });
    this.#ids = new IdTable(tables, settings.dedupe);
    this.#ids.load(state, now(), (what) => observer?.damaged(what));
    const sweeper = new Sweeper({ tables, room, state, reader, index, trimmer, tuning });
    const [indexWriter, ids] = [this.#indexWriter, this.#ids];
    const { intervalMs } = tuning;
    const parts = { trimmer, sweeper, indexWriter, ids, reserve, room, now, intervalMs };
    this.#housekeeping = new Housekeeping(parts);
    const write = (plan: AppendPlan<LmdbTopic>): Promise<void> => this.#write(plan);
    const applied = (plan: AppendPlan<LmdbTopic>): void => this.#apply(plan);
    this.#commits = new GroupCommit({ state, write, applied }, settings);
  }

  append(entries: readonly AppendEntry[]): Promise<AppendOutcome[]> {
    // Without `run`: an async function around a promise costs as much as the rest of the call.
    return this.#calls.isClosed ? Promise.reject(logClosed()) : this.#commits.append(entries);
  }

  dedupeReach(): number {
    return this.#state.dedupe.reach(this.#now());
  }

  onCommit(listener: CommitListener): () => void {
    return this.#feed.listen(listener);
  }

  tail(): Promise<number> {
    return this.#calls.run(() => this.#state.tail);
  }

  read(selection: Selection, after: number, limits: PageLimits): Promise<LogPage> {
    return this.#calls.run(() => this.#reader.read(selection, after, limits));
  }

  positionAtTime(_selection: Selection, time: number): Promise<number> {
    return this.#calls.run(() => this.#reader.positionAtTime(time));
  }

  positionOfLast(selection: Selection, count: number): Promise<number> {
    return this.#calls.run(() => this.#reader.positionOfLast(selection, count));
  }

  lastTrim(): Promise<number> {
    return this.#calls.run(() => this.#state.lastTrim);
  }

  topic(name: string): Promise<TopicState | undefined> {
    return this.#calls.run(() => this.#state.byName(name)?.state());
  }

  topics(options: { prefix: string; after: string; limit: number }): Promise<TopicStatePage> {
    return this.#calls.run(() => {
      const { names, more } = this.#state.names.page(options);
      return { topics: names.map((name) => (this.#state.byName(name) as LmdbTopic).state()), more };
    });
  }

  trim(name: string, through: number): Promise<number> {
    return this.#calls.run(async () => {
      const topic = this.#state.byName(name);
      if (topic === undefined) return 0;
      try {
        return await this.#housekeeping.between(() => this.#trimmer.trimThrough(topic, through));
      } finally {
        this.#housekeeping.wake();
      }
    });
  }

  checkWritable(): Promise<void> {
    return this.#calls.run(() => this.#tables.checkWritable());
  }

  usage(): Promise<LogUsage> {
    return this.#calls.run(async () => {
      const fileBytes = await this.#tables.fileBytes();
      const { liveEvents, liveBytes, topicCount } = this.#state;
      return { events: liveEvents, bytes: liveBytes, topics: topicCount, fileBytes };
    });
  }

  backup(): Promise<LogBackup> {
    return this.#calls.run(() => this.#tables.copy());
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#calls.close();
    await this.#commits.settled();
    await this.#calls.ended();
    await this.#housekeeping.stop();
    try {
      await this.#indexWriter.finish();
      await this.#log.end();
    } catch {
      // A full disk: what was not written is found again from the log.
    }
    await this.#tables.close();
    this.#folder.release();
  }

  async #write(plan: AppendPlan<LmdbTopic>): Promise<void> {
    const encoded = encodeCommit(plan, this.#state, this.#blockBytes);
    this.#encoded = encoded;
    const { topics, directories, blocks } = this.#tables;
    const put = (): void => {
      this.#log.putOnce();
      for (const topic of encoded.newTopics) void topics.put(topic.id, topic.encode());
      for (const { firstOffset, time, bytes, groups } of encoded.blocks) {
        void blocks.put(firstOffset, bytes);
        void directories.put(firstOffset, encodeDirectory({ blockOffset: firstOffset, time, groups }));
      }
      this.#ids.put(plan, encoded.topicIds);
      this.#marks.put(plan.imported.values(), encoded.topicIds);
    };
    try {
      const last = encoded.blocks.at(-1) as EncodedBlock;
      const isVisible = (): boolean => directories.doesExist(last.firstOffset);
      await this.#tables.write("events", encoded.bytes, put, isVisible);
      this.#log.wrote();
      this.#room.note();
    } catch (error) {
      this.#room.note(error);
      // What is trimmed and not yet swept can make room.
      this.#housekeeping.wake();
      throw error;
    }
  }

  #apply(plan: AppendPlan<LmdbTopic>): void {
    const { newTopics, topicIds, blocks } = this.#encoded;
    for (const topic of newTopics) this.#state.install(topic);
    for (const { firstOffset, time, groups } of blocks) {
      this.#state.addBlock(firstOffset, time, groups);
      for (const { topicId } of groups) this.#trimmer.note(this.#state.byId(topicId) as LmdbTopic, time);
    }
    this.#ids.wrote(plan);
    this.#marks.wrote(plan.imported.values(), topicIds);
    for (const { id, idHash, event, contentHash } of plan.ids) {
      const { topic, offset, time } = event;
      this.#state.dedupe.add(topic, id, { offset, time, contentHash }, idHash);
    }
    if (this.#trimmer.isDue || this.#indexWriter.isDue) this.#housekeeping.wake();
    this.#feed.publish(plan.events);
  }
}
