import type { CommitListener, ReachListener } from "../../log/engine.js";
import { Follower } from "./follower.js";
import { Source, type SourceParts } from "./source.js";

/** Consumers of the stream that a node has at most; the last of them is for everything that has none of its own. */
const MAX_SOURCES = 64;
const EVERYTHING = ">";

interface Followed {
  readonly follower: Follower;
  readonly source: Source;
}

/**
 * Follows the topics that somebody on this node listens to, and no others. A name or pattern that lies
 * within one that is followed already shares its consumer.
 */
export class Followers {
  readonly #parts: SourceParts;
  readonly #followed = new Map<string, Followed>();
  readonly #sources = new Set<Source>();

  constructor(parts: SourceParts) {
    this.#parts = parts;
  }

  /** Consumers of the stream that there are. */
  get sourceCount(): number {
    return this.#sources.size;
  }

  /**
   * Tells a listener of the events of a name or pattern from now on, and another whether any may be missing;
   * returns what ends that.
   */
  follow(selection: string, listener: CommitListener, onReach: ReachListener = () => undefined): () => void {
    let followed = this.#followed.get(selection);
    if (followed === undefined) {
      const follower = new Follower(selection);
      const source = this.#sourceFor(selection);
      source.add(follower);
      followed = { follower, source };
      this.#followed.set(selection, followed);
    }
    const { follower, source } = followed;
    // A listener of its own, so that the same function may listen twice.
    const own: CommitListener = (events) => listener(events);
    const ownReach: ReachListener = (isCurrent) => onReach(isCurrent);
    follower.listeners.add(own);
    follower.reachListeners.add(ownReach);
    if (!source.isCurrent) onReach(false);
    return () => {
      follower.listeners.delete(own);
      follower.reachListeners.delete(ownReach);
      if (follower.listeners.size === 0) this.#unfollow(follower);
    };
  }

  /** The follower of a name or pattern, once it has begun to follow. */
  of(selection: string): Follower | undefined {
    const followed = this.#followed.get(selection);
    return followed?.source.hasBegun === true ? followed.follower : undefined;
  }

  /** Resolves when what follows a name or pattern has begun to; undefined when it has, or nothing does. */
  begun(selection: string): Promise<void> | undefined {
    const source = this.#followed.get(selection)?.source;
    return source === undefined || source.hasBegun ? undefined : source.begun;
  }

  close(): void {
    for (const source of this.#sources) source.stop();
    this.#sources.clear();
    this.#followed.clear();
  }

  #sourceFor(selection: string): Source {
    for (const source of this.#sources) {
      if (source.covers(selection)) return source;
    }
    const source = new Source(this.#parts, this.#sources.size < MAX_SOURCES - 1 ? selection : EVERYTHING);
    this.#sources.add(source);
    return source;
  }

  #unfollow(follower: Follower): void {
    const followed = this.#followed.get(follower.selection);
    if (followed?.follower !== follower) return;
    this.#followed.delete(follower.selection);
    const { source } = followed;
    source.remove(follower);
    if (source.size > 0) return;
    source.stop();
    this.#sources.delete(source);
  }
}
