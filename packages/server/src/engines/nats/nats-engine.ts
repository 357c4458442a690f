import { CommitFeed } from "../../log/commit-feed.js";
import type {
  AppendEntry,
  AppendOutcome,
  CommitListener,
  ReachListener,
  Engine,
  EngineSettings,
  LogPage,
  LogUsage,
  PageLimits,
  TopicState,
  TopicStatePage,
} from "../../log/engine.js";
import { logClosed, OpenCalls } from "../../log/open-calls.js";
import type { Selection } from "../../log/selection.js";
import { RtmsgError } from "../../protocol/error.js";
import type { Durability } from "../../protocol/topic-info.js";
import { Appender } from "./appender.js";
import { EndQuestions } from "./end-questions.js";
import { Followers } from "./followers.js";
import { Imports, isImportEntry } from "./imports.js";
import type { NatsLink } from "./link.js";
import { LogReader } from "./log-reader.js";
import type { LogStream } from "./log-stream.js";
import type { NatsSettings } from "./options.js";
import { Publisher } from "./publisher.js";
import { Retainer } from "./retainer.js";
import { TopicLimit } from "./topic-limit.js";
import { TopicStates } from "./topic-states.js";
import type { TrimMarks } from "./trim-marks.js";

/** What the engine is made of. */
export interface NatsEngineParts {
  readonly link: NatsLink;
  readonly stream: LogStream;
  readonly marks: TrimMarks;
  readonly settings: EngineSettings;
  readonly natsSettings: NatsSettings;
  readonly durability: Durability;
  /** Time of the log's last event. */
  readonly lastTime: number;
}

const EVERYTHING = ">";
/** How long an append waits until those who listen to every commit have been told, in ms. */
const TELL_MS = 5_000;

/** The engine whose log is a stream of NATS JetStream, which any number of nodes share. */
export class NatsEngine implements Engine {
  readonly name = "nats";
  readonly canImport = true;
  readonly durability: Durability;
  readonly epoch: string;
  readonly #link: NatsLink;
  readonly #stream: LogStream;
  readonly #marks: TrimMarks;
  readonly #settings: EngineSettings;
  readonly #questions = new EndQuestions();
  readonly #followers: Followers;
  readonly #appender: Appender;
  readonly #publisher: Publisher;
  readonly #imports: Imports;
  readonly #reader: LogReader;
  readonly #states: TopicStates;
  readonly #retainer: Retainer;
  /** Those who listen to every commit. */
  readonly #feed = new CommitFeed();
  #listeners = 0;
  #unfollowAll: (() => void) | undefined;
  #closing: Promise<void> | undefined;
  readonly #calls = new OpenCalls();

  constructor({ link, stream, marks, settings, natsSettings, durability, lastTime }: NatsEngineParts) {
    this.durability = durability;
    this.epoch = stream.epoch;
    this.#link = link;
    this.#stream = stream;
    this.#marks = marks;
    this.#settings = settings;
    const questions = this.#questions;
    this.#followers = new Followers({
      link,
      stream,
      questions,
      onEvent: ({ time }) => this.#appender.noteTime(time),
    });
    this.#publisher = new Publisher(link);
    const appending = {
      link,
      publisher: this.#publisher,
      stream,
      marks,
      settings,
      topicLimit: new TopicLimit(stream, marks, settings.maxTopics),
      endKnown: () => questions.answered(),
      carried: (offset: number) => this.#everything()?.reached(offset, TELL_MS),
    };
    this.#appender = new Appender({ ...appending, lastTime });
    this.#imports = new Imports({
      ...appending,
      noteTime: (time) => this.#appender.noteTime(time),
    });
    const told = (): number | undefined => this.#everything()?.position;
    this.#reader = new LogReader({ link, stream, marks, told });
    const states = new TopicStates(link, stream, marks);
    this.#states = states;
    const { maxLogBytes, sweepMs, logger } = natsSettings;
    this.#retainer = new Retainer({
      link,
      stream,
      marks,
      states,
      settings,
      maxLogBytes,
      sweepMs,
      logger,
    });
  }

  append(entries: readonly AppendEntry[]): Promise<AppendOutcome[]> {
    if (this.#calls.isClosed) return Promise.reject(logClosed());
    return entries.some(({ origin }) => origin !== undefined)
      ? this.#calls.run(() => this.#import(entries))
      : this.#appender.append(entries);
  }

  /** Appends entries of which some come from another log, in their order. */
  async #import(entries: readonly AppendEntry[]): Promise<AppendOutcome[]> {
    const outcomes: AppendOutcome[] = [];
    while (outcomes.length < entries.length) {
      const rest = entries.slice(outcomes.length);
      const isImported = isImportEntry(rest[0] as AppendEntry);
      const end = rest.findIndex((entry) => isImportEntry(entry) !== isImported);
      const run = end === -1 ? rest : rest.slice(0, end);
      const appended = isImported
        ? this.#imports.append(run.filter(isImportEntry))
        : this.#appender.append(run);
      outcomes.push(...(await appended));
    }
    return outcomes;
  }

  dedupeReach(): number {
    // JetStream forgets ids by time alone.
    return this.#settings.dedupe.windowMs;
  }

  onCommit(listener: CommitListener): () => void {
    if (this.#calls.isClosed) return () => undefined;
    const leave = this.#feed.listen(listener);
    this.#listeners++;
    this.#unfollowAll ??= this.#followers.follow(EVERYTHING, (events) => this.#feed.publish(events));
    let hasLeft = false;
    return () => {
      if (hasLeft) return;
      hasLeft = true;
      leave();
      if (--this.#listeners > 0) return;
      this.#unfollowAll?.();
      this.#unfollowAll = undefined;
    };
  }

  follow(selection: string, listener: CommitListener, onReach?: ReachListener): () => void {
    return this.#calls.isClosed ? () => undefined : this.#followers.follow(selection, listener, onReach);
  }

  get isAway(): boolean {
    return !this.#link.isUp;
  }

  tail(): Promise<number> {
    return this.#calls.run(async () => (await this.#questions.track(this.#stream.snapshot())).last);
  }

  read(selection: Selection, after: number, limits: PageLimits): Promise<LogPage> {
    return this.#calls.run(async () => {
      await this.#begun(selection.text);
      return this.#reader.read(selection, after, limits);
    });
  }

  positionAtTime(_selection: Selection, time: number): Promise<number> {
    return this.#calls.run(async () => {
      await this.#begun(EVERYTHING);
      return this.#reader.positionAtTime(time);
    });
  }

  positionOfLast(selection: Selection, count: number): Promise<number> {
    return this.#calls.run(async () => {
      await this.#begun(EVERYTHING);
      return this.#reader.positionOfLast(selection, count);
    });
  }

  lastTrim(): Promise<number> {
    return this.#calls.run(async () => {
      await this.#marks.complete(await this.#stream.snapshot());
      return this.#marks.lastNumber;
    });
  }

  topic(name: string): Promise<TopicState | undefined> {
    return this.#calls.run(() => this.#states.topic(name));
  }

  topics(options: { prefix: string; after: string; limit: number }): Promise<TopicStatePage> {
    return this.#calls.run(() => this.#states.page(options));
  }

  trim(topic: string, through: number): Promise<number> {
    return this.#calls.run(() => this.#retainer.trim(topic, through));
  }

  checkWritable(): Promise<void> {
    return this.#calls.run(async () => {
      // At once: whoever asks has a time of their own.
      if (!this.#link.isUp) throw new RtmsgError("UNAVAILABLE", "NATS is away: try again later");
      if (this.#appender.isStuck) {
        throw new RtmsgError("UNAVAILABLE", "The NATS stream has no leader now: try again later");
      }
      // A stream that answers takes events.
      await this.#stream.snapshot();
    });
  }

  usage(): Promise<LogUsage> {
    return this.#calls.run(() => this.#states.usage());
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#calls.close();
    await this.#appender.settled();
    await this.#calls.ended();
    await this.#retainer.close();
    this.#followers.close();
    this.#reader.close();
    this.#publisher.close();
    this.#marks.close();
    await this.#link.close();
  }

  /** The follower of every commit, if there are listeners to them all. */
  #everything(): ReturnType<Followers["of"]> {
    return this.#listeners === 0 ? undefined : this.#followers.of(EVERYTHING);
  }

  /** Resolves when what is followed of a selection has begun: what is read then joins what it brings. */
  async #begun(selection: string): Promise<void> {
    const begun = [
      this.#followers.begun(selection),
      this.#listeners > 0 ? this.#followers.begun(EVERYTHING) : undefined,
    ];
    const waiting = begun.filter((one) => one !== undefined);
    if (waiting.length === 0) return;
    await this.#link.inTime("begin to deliver", (signal) => {
      const isOver = new Promise<never>((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason as Error));
      });
      return Promise.race([Promise.all(waiting), isOver]);
    });
  }
}
