/** A Set or Map as a list that can be counted through at once, and whether it was changed. */
interface Listed {
  readonly list: unknown[];
  isChanged: boolean;
}

/** Keys that would change how objects work. */
const FORBIDDEN: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

/**
 * Follows superjson's paths through a value: an object's keys, an array's and a Set's indexes, and two
 * steps through a Map, an entry's index and 0 for its key or 1 for its value.
 */
export class ValuePaths {
  readonly #listed = new Map<Set<unknown> | Map<unknown, unknown>, Listed>();
  readonly #wrong: (what: string) => Error;

  /** @param wrong - makes the error for a path that leads nowhere */
  constructor(wrong: (what: string) => Error) {
    this.#wrong = wrong;
  }

  /** What is at the end of a path. */
  get(root: unknown, path: readonly string[]): unknown {
    let value = root;
    for (const step of path) value = this.#step(value, step);
    return value;
  }

  /** Puts a value at the end of a path. */
  set(root: unknown, path: readonly string[], value: unknown): void {
    const last = path.at(-1);
    if (last === undefined) throw this.#wrong("a path without a step");
    const parent = this.get(root, path.slice(0, -1));
    if (Array.isArray(parent)) parent[this.#index(parent, last)] = value;
    else if (parent instanceof Set) {
      const listed = this.#list(parent);
      listed.list[this.#index(listed.list, last)] = value;
      listed.isChanged = true;
    } else if (typeof parent === "object" && parent !== null && !(parent instanceof Map)) {
      (parent as Record<string, unknown>)[this.#key(last)] = value;
    } else throw this.#wrong("a path through what has no parts");
  }

  /** Has changed Sets and Maps hold what was put into them. */
  finish(): void {
    for (const [collection, { list, isChanged }] of this.#listed) {
      const isMap = collection instanceof Map;
      // The entries of a Map are lists themselves, and may have been changed without anybody's notice.
      if (!isMap && !isChanged) continue;
      collection.clear();
      for (const element of list) {
        if (isMap) collection.set(...(element as [unknown, unknown]));
        else collection.add(element);
      }
    }
  }

  #step(value: unknown, step: string): unknown {
    if (Array.isArray(value)) return value[this.#index(value, step)] as unknown;
    if (value instanceof Set || value instanceof Map) {
      const { list } = this.#list(value);
      return list[this.#index(list, step)];
    }
    if (typeof value !== "object" || value === null) throw this.#wrong("a path through what has no parts");
    const key = this.#key(step);
    return Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
  }

  #list(collection: Set<unknown> | Map<unknown, unknown>): Listed {
    let listed = this.#listed.get(collection);
    if (listed === undefined) {
      listed = { list: [...collection], isChanged: false };
      this.#listed.set(collection, listed);
    }
    return listed;
  }

  #index(list: readonly unknown[], step: string): number {
    const index = /^(?:0|[1-9]\d{0,9})$/.test(step) ? Number(step) : Number.NaN;
    if (!(index < list.length))
      throw this.#wrong(`the index ${step.slice(0, 20)} in a list of ${list.length}`);
    return index;
  }

  #key(step: string): string {
    if (FORBIDDEN.has(step)) throw this.#wrong(`the key "${step}"`);
    return step;
  }
}
