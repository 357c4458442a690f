import { DedupeWindow } from "../../log/dedupe-window.js";
import type { AppendEntry, AppendOutcome, EngineSettings } from "../../log/engine.js";
import { idConflict, offsetMismatch } from "../../log/refusals.js";
import { RtmsgError } from "../../protocol/error.js";
import {
  answerCall,
  byOrder,
  encodeItem,
  isBefore,
  newItem,
  overtaken,
  refusalOf,
  type Call,
  type Item,
} from "./append-item.js";
import { JS_ERROR, refusedByJetStream, unavailable } from "./failure.js";
import type { NatsLink } from "./link.js";
import type { LogStream } from "./log-stream.js";
import { messageIdOf, type OutgoingMessage } from "./message.js";
import type { Publisher, PublishResult } from "./publisher.js";
import { NEVER, Rulings, type Ruling } from "./rulings.js";
import type { TopicLimit } from "./topic-limit.js";
import type { TrimMarks } from "./trim-marks.js";

/** Messages that may wait for JetStream's answer. */
const MAX_IN_FLIGHT = 2_048;
/** Bytes of such messages. */
const MAX_IN_FLIGHT_BYTES = 16 * 1_048_576;
/** Bytes of events that may wait to be sent; more is refused, so that a stalled NATS cannot fill memory. */
const MAX_PENDING_BYTES = 128 * 1_048_576;
/** Between two tries while NATS is away, in ms: at first, and at most. */
const [RETRY_MS, MAX_RETRY_MS] = [50, 500];
/** Items whose topics are looked up together. */
const LOOK_AHEAD = 256;

/** What the appender needs of the engine. */
export interface AppenderParts {
  readonly link: NatsLink;
  readonly publisher: Publisher;
  readonly stream: LogStream;
  readonly marks: TrimMarks;
  readonly topicLimit: TopicLimit;
  readonly settings: EngineSettings;
  /** Resolves when nobody is finding out where the log ends: what is appended comes after it. */
  readonly endKnown: () => Promise<unknown> | undefined;
  /** Resolves when listeners to every commit have been told of an offset. */
  readonly carried: (offset: number) => Promise<void> | undefined;
  /** Time of the newest event that is known. */
  readonly lastTime: number;
}

/**
 * Appends entries to the stream: in their order, many on the way at a time, each acknowledged by JetStream.
 *
 * When an answer does not come, nothing new is sent until everything on the way is answered or given up;
 * then what was not stored is sent again, in its old order and under its old ids. An entry that a later
 * one of its topic has overtaken is given up, so that the order holds.
 */
export class Appender {
  readonly dedupe: DedupeWindow;
  readonly #parts: AppenderParts;
  readonly #publisher: Publisher;
  readonly #rulings: Rulings;
  #queue: Item[] = [];
  /** Where in the queue the first item is that waits to be sent. */
  #head = 0;
  #order = 0;
  #pendingBytes = 0;
  #inFlightBytes = 0;
  /** Items with an event id that are on their way. */
  readonly #idsInFlight = new Map<string, Item>();
  /** Which item was the last that was sent to a topic; kept while there is one on its way. */
  readonly #newest = new Map<string, number>();
  /** Items whose answer did not come, and those that are being looked into. */
  #unanswered: Item[] = [];
  #isBroken = false;
  #unsettled = 0;
  #lastTime: number;
  #isPumping = false;
  #wake: (() => void) | undefined;
  #reason = "";

  constructor(parts: AppenderParts) {
    this.#parts = parts;
    this.#publisher = parts.publisher;
    const { stream, marks, settings } = parts;
    this.#rulings = new Rulings({ stream, marks, settings, publisher: parts.publisher });
    this.dedupe = new DedupeWindow(settings.dedupe);
    this.#lastTime = parts.lastTime;
  }

  /** Whether what was sent is not answered, and nothing new is sent. */
  get isStuck(): boolean {
    return this.#isBroken;
  }

  /** Notes an event's time: later events are not earlier. */
  noteTime(time: number): void {
    if (time > this.#lastTime) this.#lastTime = time;
  }

  /** Appends entries in the order of the calls. Resolves once each is stored or refused. */
  append(entries: readonly AppendEntry[]): Promise<AppendOutcome[]> {
    const bytes = entries.map(({ json, meta }) => 256 + json.byteLength + (meta?.byteLength ?? 0));
    const sum = bytes.reduce((total, each) => total + each, 0);
    if (this.#pendingBytes + sum > MAX_PENDING_BYTES && this.#pendingBytes > 0) {
      const message = `${this.#pendingBytes} bytes of events wait to be written, and the limit is ${MAX_PENDING_BYTES}: produce again later`;
      return Promise.reject(new RtmsgError("UNAVAILABLE", message));
    }
    if (entries.length === 0) return Promise.resolve([]);
    return new Promise((resolve) => {
      const begun = performance.now();
      const call: Call = { outcomes: [], left: entries.length, stored: 0, begun, resolve };
      const deadline = begun + this.#parts.link.timeoutMs;
      const time = this.#time();
      for (const [index, entry] of entries.entries()) {
        const place = { order: this.#order++, call, index, deadline, time, bytes: bytes[index] as number };
        this.#queue.push(newItem(entry, place));
      }
      this.#pendingBytes += sum;
      this.#unsettled += entries.length;
      if (!this.#isPumping) {
        this.#isPumping = true;
        // The calls of one turn leave together.
        queueMicrotask(() => void this.#pump());
      } else this.#wake?.();
    });
  }

  /** Resolves when nothing waits to be stored. */
  async settled(): Promise<void> {
    while (this.#unsettled > 0) await new Promise((resolve) => setTimeout(resolve, 2));
  }

  #time(): number {
    this.#lastTime = Math.max(this.#parts.settings.now(), this.#lastTime);
    return this.#lastTime;
  }

  async #pump(): Promise<void> {
    while (this.#head < this.#queue.length || this.#isBroken) {
      if (this.#isBroken) await this.#recover();
      else if (this.#isFull) await this.#answered(() => !this.#hasRoom);
      else await this.#sendReady();
    }
    this.#queue = [];
    this.#head = 0;
    this.#isPumping = false;
  }

  /** Sends what is in front, until one has to wait: then it waits for that. */
  #sendReady(): Promise<void> | undefined {
    while (this.#head < this.#queue.length && !this.#isBroken && !this.#isFull) {
      const item = this.#queue[this.#head] as Item;
      const wait = this.#prepare(item);
      // Whoever is behind it waits: the order is that of the calls.
      if (wait !== undefined) return this.#waitFor(item, wait);
      this.#head++;
      if (!item.isSettled) this.#send(item);
    }
    if (this.#head > 4_096 && this.#head * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
    return undefined;
  }

  async #waitFor(item: Item, wait: () => Promise<unknown>): Promise<void> {
    try {
      await wait();
    } catch (error) {
      this.#fail(item, error);
    }
  }

  get #isFull(): boolean {
    return this.#publisher.inFlight >= MAX_IN_FLIGHT || this.#inFlightBytes >= MAX_IN_FLIGHT_BYTES;
  }

  get #hasRoom(): boolean {
    return this.#publisher.inFlight * 2 < MAX_IN_FLIGHT && this.#inFlightBytes * 2 < MAX_IN_FLIGHT_BYTES;
  }

  /** Resolves when a condition no longer holds, looked at when something on the way was answered, or nothing can be sent. */
  async #answered(holds: () => boolean): Promise<void> {
    while (holds() && !this.#isBroken) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Checks an item, and settles it if it need not be sent. A function: the item is to be asked again after what it returns. */
  #prepare(item: Item): (() => Promise<unknown>) | undefined {
    if (item.isSettled) return undefined;
    const { entry } = item;
    const { topic, id, expectedOffset } = entry;
    const { topicLimit, marks, endKnown } = this.#parts;
    if (performance.now() > item.deadline) {
      this.#fail(item, unavailable("store the event", this.#parts.link.timeoutMs));
      return undefined;
    }
    const asked = endKnown();
    if (asked !== undefined) return () => asked;
    if (id !== undefined && !item.wasSent) {
      const first = this.#idsInFlight.get(messageIdOf(topic, id));
      if (first !== undefined) return () => this.#answered(() => !first.isSettled);
      const known = this.dedupe.find(topic, id, item.time);
      if (known !== undefined) {
        this.#answerKnown(item, known);
        return undefined;
      }
    }
    if (topicLimit.isUnseen(entry)) return () => topicLimit.look(this.#unseenTopics());
    const admission = topicLimit.admit(entry);
    if (admission === "unknown") return () => this.#learnTopics();
    if (admission instanceof RtmsgError) {
      // A topic that is not there is at 0, and what is expected of it is judged first.
      this.#fail(item, (expectedOffset ?? 0) === 0 ? admission : offsetMismatch(entry, 0));
      return undefined;
    }
    if (expectedOffset === 0 && item.message === undefined) {
      item.message = encodeItem(item, marks);
      return () => marks.sync();
    }
    item.message ??= encodeItem(item, marks);
    const refusal = refusalOf(item, marks, this.#maxPayload);
    if (refusal !== undefined) this.#fail(item, refusal);
    return undefined;
  }

  get #maxPayload(): number {
    return this.#parts.link.connection.info?.max_payload ?? 1_048_576;
  }

  #send(item: Item): void {
    const { entry, message } = item;
    const { headers, data } = message as OutgoingMessage;
    this.#inFlightBytes += item.bytes;
    this.#newest.set(entry.topic, Math.max(item.order, this.#newest.get(entry.topic) ?? 0));
    if (entry.id !== undefined) this.#idsInFlight.set(messageIdOf(entry.topic, entry.id), item);
    if (item.isOvertaken) headers.set("Nats-Expected-Last-Sequence", NEVER);
    this.#publisher.publish(this.#parts.stream.subject(entry.topic), data, headers, (result) => {
      this.#inFlightBytes -= item.bytes;
      this.#take(item, result);
      this.#wake?.();
    });
  }

  #take(item: Item, result: PublishResult): void {
    if (result.kind === "stored" && !result.isDuplicate) {
      this.#stored(item, result.seq);
    } else if (result.kind === "stored") {
      this.#lookInto(item, this.#rulings.duplicate(item, result.seq));
    } else if (result.kind === "unanswered") {
      this.#reason = result.reason;
      this.#break(item);
    } else if (result.code === JS_ERROR.wrongLastSequence) {
      if (item.isOvertaken) this.#fail(item, overtaken(item.entry));
      else this.#lookInto(item, this.#rulings.mismatch(item, result.description));
    } else {
      this.#fail(item, refusedByJetStream(result.code, result.description));
    }
  }

  /** Finds out what an answer means; if that fails, the item is sent again. */
  #lookInto(item: Item, ruling: Promise<Ruling>): void {
    this.#apply(item, ruling).catch(() => this.#break(item));
  }

  #break(item: Item): void {
    item.wasSent = true;
    this.#unanswered.push(item);
    this.#isBroken = true;
    if (!this.#isPumping) {
      this.#isPumping = true;
      queueMicrotask(() => void this.#pump());
    }
    this.#wake?.();
  }

  /** Puts what was not answered back in front, once everything on the way is settled or given up. */
  async #recover(): Promise<void> {
    const { link, stream } = this.#parts;
    for (let wait = RETRY_MS; ; wait = Math.min(wait * 2, MAX_RETRY_MS)) {
      await new Promise((resolve) => setTimeout(resolve, wait));
      this.#expire();
      if (this.#onTheWay > 0) continue;
      if (this.#unanswered.length === 0) break;
      if (!link.isUp) continue;
      try {
        // A leader has to be there before anything is sent again.
        await link.manager.streams.info(stream.name);
        await this.#rulings.markOvertaken(
          this.#unanswered.filter(({ isSettled }) => !isSettled).toSorted(byOrder),
        );
        break;
      } catch {
        if (link.connection.isClosed()) this.#expire(true);
      }
    }
    const again = this.#unanswered.filter(({ isSettled }) => !isSettled).toSorted(byOrder);
    this.#unanswered = [];
    this.#isBroken = false;
    this.#queue = [...again, ...this.#queue.slice(this.#head)];
    this.#head = 0;
  }

  /** Items that were sent, and are neither settled nor given up. */
  get #onTheWay(): number {
    const waiting = this.#queue.slice(this.#head).filter(({ isSettled }) => !isSettled).length;
    const unanswered = this.#unanswered.filter(({ isSettled }) => !isSettled).length;
    return this.#unsettled - waiting - unanswered;
  }

  #expire(all = false): void {
    const now = performance.now();
    for (const item of [...this.#unanswered, ...this.#queue.slice(this.#head)]) {
      if (item.isSettled || (!all && item.deadline > now)) continue;
      this.#fail(item, unavailable("store the event", this.#parts.link.timeoutMs, new Error(this.#reason)));
    }
  }

  /** Topics of the items in front that have to be looked up. */
  #unseenTopics(): Set<string> {
    const topics = new Set<string>();
    for (const { entry } of this.#queue.slice(this.#head, this.#head + LOOK_AHEAD)) {
      if (this.#parts.topicLimit.isUnseen(entry)) topics.add(entry.topic);
    }
    return topics;
  }

  async #learnTopics(): Promise<void> {
    await this.#answered(() => this.#onTheWay > 0);
    if (!this.#isBroken) await this.#parts.topicLimit.learn();
  }

  #stored(item: Item, offset: number, time = item.time): void {
    const { topic, id, contentHash = "" } = item.entry;
    this.#parts.stream.note(offset);
    this.#parts.topicLimit.note(topic);
    // An earlier one of the same topic that was not stored would now come after it.
    for (const earlier of this.#unanswered) {
      if (earlier.entry.topic === topic && isBefore(earlier, item)) earlier.isOvertaken = true;
    }
    if (id !== undefined) this.dedupe.add(topic, id, { offset, time, contentHash });
    this.#succeed(item, { ok: true, offset, time, duplicate: false });
  }

  async #apply(item: Item, ruling: Promise<Ruling>): Promise<void> {
    const result = await ruling;
    // What was sent behind it to its topic may be stored by now, and it would come after that.
    const isNewest = this.#newest.get(item.entry.topic) === item.order;
    if (result.kind === "resend" && !isNewest) this.#fail(item, overtaken(item.entry));
    else if (result.kind === "resend") this.#send(item);
    else if (result.kind === "stored") this.#stored(item, result.offset, result.time);
    else if (result.kind === "refused") this.#fail(item, result.error);
    else if (result.kind === "trimmed") {
      this.#succeed(item, { ok: true, offset: result.offset, time: result.time, duplicate: true });
    } else {
      if (item.entry.id !== undefined) this.dedupe.add(item.entry.topic, item.entry.id, result.known);
      this.#answerKnown(item, result.known);
    }
  }

  #answerKnown(item: Item, known: { offset: number; time: number; contentHash: string }): void {
    const { entry } = item;
    if (known.contentHash !== (entry.contentHash ?? "")) this.#fail(item, idConflict(entry, known.offset));
    else this.#succeed(item, { ok: true, offset: known.offset, time: known.time, duplicate: true });
  }

  #succeed(item: Item, outcome: AppendOutcome & { ok: true }): void {
    const carried = outcome.duplicate ? undefined : this.#parts.carried(outcome.offset);
    if (carried === undefined) this.#settle(item, outcome);
    else void carried.then(() => this.#settle(item, outcome));
  }

  #fail(item: Item, error: unknown): void {
    const known =
      error instanceof RtmsgError
        ? (error as RtmsgError)
        : unavailable("store the event", this.#parts.link.timeoutMs, error);
    this.#settle(item, { ok: false, error: known });
  }

  #settle(item: Item, outcome: AppendOutcome): void {
    if (item.isSettled) return;
    item.isSettled = true;
    const { entry, bytes } = item;
    const key = entry.id === undefined ? "" : messageIdOf(entry.topic, entry.id);
    if (this.#idsInFlight.get(key) === item) this.#idsInFlight.delete(key);
    this.#pendingBytes -= bytes;
    this.#unsettled--;
    if (this.#unsettled === 0) this.#newest.clear();
    answerCall(item, outcome, this.#parts.settings.observer);
    this.#wake?.();
  }
}
