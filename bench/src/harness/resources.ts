import { TempFolder } from "./temp-folder.js";

/** What a part of a benchmark made and opened; closed in the reverse order. */
export class Resources implements AsyncDisposable {
  readonly #closers: (() => Promise<void> | void)[] = [];

  /** Makes a temporary folder; returns its path. */
  folder(): string {
    const folder = new TempFolder();
    this.#closers.push(() => folder[Symbol.dispose]());
    return folder.path;
  }

  /** Keeps something until the end; returns it. */
  keep<T extends { close(): Promise<void> }>(thing: T): T {
    this.#closers.push(() => thing.close());
    return thing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const close of this.#closers.toReversed()) await close();
  }
}
