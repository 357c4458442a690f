import type { Engine, LogPage } from "../log/engine.js";
import type { Selection } from "../log/selection.js";
import { PAGE, pageOf } from "./page.js";

/** Pages that are kept for others, each up to the bytes of a page. */
const KEPT_PAGES = 32;
/** How long a page is kept, in ms. */
const KEPT_MS = 1_000;

/**
 * Reads pages of the log, and shares them among the subscriptions that read the same place at the
 * same time, as they do when many connect again at once.
 */
export class SharedPages {
  readonly #engine: Engine;
  readonly #pages = new Map<string, Promise<LogPage>>();
  #isForgetting = false;

  /** @param engine - the log */
  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** A page as the log is now; not one that was asked for before. */
  async readNow(selection: Selection, after: number): Promise<LogPage> {
    return fitted(await this.#engine.read(selection, after, PAGE));
  }

  /** A page of a selection after an offset. */
  read(selection: Selection, after: number): Promise<LogPage> {
    const key = `${after} ${selection.text}`;
    const known = this.#pages.get(key);
    if (known !== undefined) return known;
    const reading = this.readNow(selection, after);
    this.#keep(key, reading);
    return reading;
  }

  #keep(key: string, reading: Promise<LogPage>): void {
    this.#pages.set(key, reading);
    const drop = (): void => void this.#pages.delete(key);
    // The log's end moves, so that a page which reached it is soon another one.
    reading.then((page) => page.atTail && drop(), drop);
    for (const oldest of this.#pages.keys()) {
      if (this.#pages.size <= KEPT_PAGES) break;
      this.#pages.delete(oldest);
    }
    if (this.#isForgetting) return;
    this.#isForgetting = true;
    setTimeout(() => {
      this.#isForgetting = false;
      this.#pages.clear();
    }, KEPT_MS).unref();
  }
}

/** Engines do not count what events carry besides their data: a page that is too large with it is cut. */
function fitted(page: LogPage): LogPage {
  const events = pageOf(page.events, 0);
  const last = events.at(-1);
  if (last === undefined || events.length === page.events.length) return page;
  return { events, through: last.offset, atTail: false, lastTrim: page.lastTrim };
}
