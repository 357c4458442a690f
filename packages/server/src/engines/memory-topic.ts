import type { TopicState } from "../log/engine.js";
import type { StoredEvent } from "../log/stored-event.js";
import type { Retention } from "../protocol/topic-info.js";
import { EventDeque } from "./event-deque.js";

/** One topic of the memory engine. */
export class MemoryTopic {
  readonly name: string;
  readonly retention: Retention;
  readonly events = new EventDeque();
  lastOffset = 0;
  lastTime = 0;
  trimmedThrough = 0;
  /** Number of its last trim; 0 before the first. */
  lastTrim = 0;

  constructor(name: string, retention: Retention) {
    this.name = name;
    this.retention = retention;
  }

  add(event: StoredEvent): void {
    this.events.push(event);
    this.lastOffset = event.offset;
    this.lastTime = event.time;
  }

  /** Removes the oldest event, and marks it as trimmed. */
  trimFirst(): StoredEvent | undefined {
    const event = this.events.shift();
    if (event !== undefined) this.trimmedThrough = event.offset;
    return event;
  }

  /** Whether retention no longer keeps the oldest event. */
  isOverdue(now: number): boolean {
    const { maxEvents, maxAge, maxBytes } = this.retention;
    const { first } = this.events;
    if (first === undefined) return false;
    return (
      (maxEvents !== undefined && this.events.length > maxEvents) ||
      (maxBytes !== undefined && this.events.bytes > maxBytes) ||
      (maxAge !== undefined && now - first.time > maxAge)
    );
  }

  state(): TopicState {
    return {
      topic: this.name,
      firstOffset: this.events.first?.offset,
      lastOffset: this.lastOffset,
      lastTime: this.lastTime,
      count: this.events.length,
      bytes: this.events.bytes,
      trimmedThrough: this.trimmedThrough,
    };
  }
}
