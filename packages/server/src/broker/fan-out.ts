import type { Engine } from "../log/engine.js";
import type { StoredEvent } from "../log/stored-event.js";
import { SelectionIndex } from "./selection-index.js";

/** Where a live subscription's events go. */
export interface EventSink {
  /** Takes one committed event; called in offset order. */
  take(event: StoredEvent): void;
}

/** Carries what the engine commits to the subscriptions that select it. */
export class FanOut {
  readonly #index = new SelectionIndex<EventSink>();
  readonly #stop: () => void;
  #published: number;
  #size = 0;

  /**
   * @param engine - whose commit feed to carry
   * @param tail - the engine's tail now
   */
  constructor(engine: Engine, tail: number) {
    this.#published = tail;
    this.#stop = engine.onCommit((events) => this.#publish(events));
  }

  /** Offset of the last event that was carried. */
  get published(): number {
    return this.#published;
  }

  /** How many sinks there are. */
  get size(): number {
    return this.#size;
  }

  /** Carries events of a name or pattern to a sink from now on; returns what ends that, once. */
  add(selection: string, sink: EventSink): () => void {
    this.#index.add(selection, sink);
    this.#size++;
    return () => {
      this.#index.remove(selection, sink);
      this.#size--;
    };
  }

  /** Carries nothing any more. */
  close(): void {
    this.#stop();
  }

  #publish(events: readonly StoredEvent[]): void {
    for (const event of events) {
      this.#published = event.offset;
      this.#index.forEachMatch(event.topic, (sink) => sink.take(event));
    }
  }
}
