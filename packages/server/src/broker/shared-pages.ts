import type { Engine, LogPage } from "../log/engine.js";
import type { Selection } from "../log/selection.js";
import { PAGE, pageOf } from "./page.js";

/** Pages that are kept for others, each up to the bytes of a page. */
const KEPT_PAGES = 32;
/**
 * Of those the ones that nobody has shared yet. Few: the events of a page that is kept while many others
 * are read survive collections, which then stop everybody for tens of milliseconds.
 */
const UNSHARED_PAGES = 8;
/** How long a page is kept, in ms. */
const KEPT_MS = 1_000;

/**
 * Reads pages of the log, and shares them among the subscriptions that read the same place at the
 * same time, as they do when many connect again at once.
 */
export class SharedPages {
  readonly #engine: Engine;
  readonly #unshared = new Map<string, Promise<LogPage>>();
  readonly #shared = new Map<string, Promise<LogPage>>();
  #isForgetting = false;

  /** @param engine - the log */
  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** A page as the log is now; not one that was asked for before. */
  async readNow(selection: Selection, after: number, limits = PAGE): Promise<LogPage> {
    return fitted(await this.#engine.read(selection, after, limits));
  }

  /** A page of a selection after an offset. */
  read(selection: Selection, after: number): Promise<LogPage> {
    const key = `${after} ${selection.text}`;
    const shared = this.#shared.get(key);
    if (shared !== undefined) return shared;
    const unshared = this.#unshared.get(key);
    if (unshared !== undefined) {
      this.#unshared.delete(key);
      keep(this.#shared, KEPT_PAGES - UNSHARED_PAGES, key, unshared);
      return unshared;
    }
    const reading = this.readNow(selection, after);
    keep(this.#unshared, UNSHARED_PAGES, key, reading);
    const drop = (): void => {
      if (!this.#unshared.delete(key)) this.#shared.delete(key);
    };
    // The log's end moves, so that a page which reached it is another one in the next turn.
    reading.then((page) => page.atTail && setImmediate(drop), drop);
    this.#forgetSoon();
    return reading;
  }

  #forgetSoon(): void {
    if (this.#isForgetting) return;
    this.#isForgetting = true;
    setTimeout(() => {
      this.#isForgetting = false;
      this.#unshared.clear();
      this.#shared.clear();
    }, KEPT_MS).unref();
  }
}

/** Keeps a page, and lets go of the oldest that are too many. */
function keep(
  pages: Map<string, Promise<LogPage>>,
  most: number,
  key: string,
  reading: Promise<LogPage>,
): void {
  pages.set(key, reading);
  for (const oldest of pages.keys()) {
    if (pages.size <= most) return;
    pages.delete(oldest);
  }
}

/** Engines do not count what events carry besides their data: a page that is too large with it is cut. */
function fitted(page: LogPage): LogPage {
  const events = pageOf(page.events, 0);
  const last = events.at(-1);
  if (last === undefined || events.length === page.events.length) return page;
  return { events, through: last.offset, atTail: false, lastTrim: page.lastTrim };
}
