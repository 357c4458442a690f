import type { Engine } from "../log/engine.js";
import type { StoredEvent } from "../log/stored-event.js";
import { SelectionIndex } from "./selection-index.js";

/** Where a live subscription's events go. */
export interface EventSink {
  /** Takes one committed event; called in offset order. */
  take(event: StoredEvent): void;
  /** Told `false` while the log is out of reach, and `true` when it was given every event again. */
  reached?(isCurrent: boolean): void;
}

/** The sinks of a selection that the engine is asked to follow. */
interface Followed {
  readonly sinks: Set<EventSink>;
  isCurrent: boolean;
  stop: () => void;
}

/**
 * Carries what the engine commits to the subscriptions that select it. An engine that brings everything is
 * listened to once; of one that brings only what is asked for, the selections that have sinks are followed.
 */
export class FanOut {
  readonly #engine: Engine;
  readonly #index = new SelectionIndex<EventSink>();
  readonly #followed = new Map<string, Followed>();
  readonly #stop: () => void;
  #published: number;
  #size = 0;

  /**
   * @param engine - whose commit feed to carry
   * @param tail - the engine's tail now
   */
  constructor(engine: Engine, tail: number) {
    this.#engine = engine;
    this.#published = tail;
    const listens = engine.follow === undefined;
    this.#stop = listens ? engine.onCommit((events) => this.#publish(events)) : () => undefined;
  }

  /** How many sinks there are. */
  get size(): number {
    return this.#size;
  }

  /** Offset of the last event that was carried. */
  get published(): number {
    return this.#published;
  }

  /** Where the log ends, at the moment of the call. */
  end(): number | Promise<number> {
    return this.#engine.follow === undefined ? this.#published : this.#engine.tail();
  }

  /** Whether there is certainly nothing after a position that a sink was not given. */
  hasCarried(position: number): boolean {
    return this.#engine.follow === undefined && position >= this.#published;
  }

  /** Carries events of a name or pattern to a sink from now on; returns what ends that, once. */
  add(selection: string, sink: EventSink): () => void {
    this.#size++;
    if (this.#engine.follow === undefined) this.#index.add(selection, sink);
    else {
      const { sinks, isCurrent } = this.#follow(selection);
      sinks.add(sink);
      if (!isCurrent) sink.reached?.(false);
    }
    return () => {
      this.#size--;
      if (this.#engine.follow === undefined) this.#index.remove(selection, sink);
      else this.#unfollow(selection, sink);
    };
  }

  /** Carries nothing any more. */
  close(): void {
    this.#stop();
    for (const { stop } of this.#followed.values()) stop();
    this.#followed.clear();
  }

  #follow(selection: string): Followed {
    let followed = this.#followed.get(selection);
    if (followed === undefined) {
      const sinks = new Set<EventSink>();
      const begun: Followed = { sinks, isCurrent: true, stop: () => undefined };
      const take = (events: readonly StoredEvent[]): void => {
        for (const event of events) {
          if (event.offset > this.#published) this.#published = event.offset;
          for (const sink of sinks) sink.take(event);
        }
      };
      const reached = (isCurrent: boolean): void => {
        begun.isCurrent = isCurrent;
        for (const sink of sinks) sink.reached?.(isCurrent);
      };
      begun.stop = this.#engine.follow?.(selection, take, reached) ?? begun.stop;
      followed = begun;
      this.#followed.set(selection, followed);
    }
    return followed;
  }

  #unfollow(selection: string, sink: EventSink): void {
    const followed = this.#followed.get(selection);
    if (followed === undefined) return;
    followed.sinks.delete(sink);
    // A sink that is replaced by another is removed before: what comes between must not be lost.
    queueMicrotask(() => {
      if (followed.sinks.size > 0 || this.#followed.get(selection) !== followed) return;
      followed.stop();
      this.#followed.delete(selection);
    });
  }

  #publish(events: readonly StoredEvent[]): void {
    let current: StoredEvent;
    const deliver = (sink: EventSink): void => sink.take(current);
    for (const event of events) {
      this.#published = event.offset;
      current = event;
      this.#index.forEachMatch(event.topic, deliver);
    }
  }
}
