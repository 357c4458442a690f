import { setTimeout as sleep } from "node:timers/promises";
import type { StoredEvent } from "../../log/stored-event.js";
import { isPattern, selectionCovers, selects } from "../../protocol/topic-name.js";
import type { EndQuestions } from "./end-questions.js";
import type { Follower } from "./follower.js";
import type { NatsLink } from "./link.js";
import type { LogStream } from "./log-stream.js";
import { decodeMessage } from "./message.js";
import { OrderedConsumer } from "./ordered-consumer.js";

/** What a source needs of the engine. */
export interface SourceParts {
  readonly link: NatsLink;
  readonly stream: LogStream;
  readonly questions: EndQuestions;
  /** Told of every event that comes. */
  readonly onEvent: (event: StoredEvent) => void;
}

/** Between two tries to find the log's end, in ms. */
const RETRY_MS = 200;

/** One consumer of the stream, and the followers that it serves. */
export class Source {
  /** The name or pattern of its events. */
  readonly selection: string;
  /** Resolves when it has begun. */
  readonly begun: Promise<void>;
  readonly #parts: SourceParts;
  readonly #names = new Map<string, Follower>();
  readonly #patterns = new Set<Follower>();
  #consumer: OrderedConsumer | undefined;
  #isStopped = false;
  #isCurrent = true;

  constructor(parts: SourceParts, selection: string) {
    this.#parts = parts;
    this.selection = selection;
    this.begun = this.#begin();
  }

  /** Whether it has begun. */
  get hasBegun(): boolean {
    return this.#consumer !== undefined;
  }

  /** Whether its followers were told of every event, as far as it can know. */
  get isCurrent(): boolean {
    return this.#isCurrent;
  }

  /** How many followers it serves. */
  get size(): number {
    return this.#names.size + this.#patterns.size;
  }

  /** Whether it carries every event of a name or pattern. */
  covers(selection: string): boolean {
    return selectionCovers(this.selection, selection);
  }

  /** Serves a follower from now on. */
  add(follower: Follower): void {
    if (isPattern(follower.selection)) this.#patterns.add(follower);
    else this.#names.set(follower.selection, follower);
    if (this.#consumer !== undefined) follower.begin(this.#consumer.position);
  }

  remove(follower: Follower): void {
    this.#patterns.delete(follower);
    if (this.#names.get(follower.selection) === follower) this.#names.delete(follower.selection);
  }

  stop(): void {
    this.#isStopped = true;
    this.#consumer?.stop();
  }

  async #begin(): Promise<void> {
    const { link, stream, questions } = this.#parts;
    while (!this.#isStopped) {
      try {
        const { last } = await questions.track(stream.snapshot());
        if (this.#isStopped) return;
        for (const follower of this.#followers()) follower.begin(last);
        this.#consumer = new OrderedConsumer({
          link,
          stream: stream.name,
          filter: stream.subject(this.selection),
          after: last,
          onMessage: ({ subject, headers, data }, seq) => {
            stream.note(seq);
            const event = decodeMessage({ subject, headers, data, seq }, stream.prefix);
            if (event !== undefined) this.#take(event);
          },
          onBatch: () => this.#flush(),
          onReach: (isCurrent) => {
            this.#isCurrent = isCurrent;
            for (const follower of this.#followers()) follower.tellReach(isCurrent);
          },
        });
        return;
      } catch {
        await sleep(RETRY_MS, undefined, { ref: false });
      }
    }
  }

  *#followers(): Iterable<Follower> {
    yield* this.#names.values();
    yield* this.#patterns;
  }

  #take(event: StoredEvent): void {
    this.#parts.onEvent(event);
    this.#names.get(event.topic)?.take(event);
    for (const follower of this.#patterns) {
      if (follower.selection === this.selection || selects(follower.selection, event.topic))
        follower.take(event);
    }
  }

  #flush(): void {
    for (const follower of this.#followers()) follower.flush();
  }
}
