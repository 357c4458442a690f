import { createInbox, type Msg, type MsgHdrs, type Subscription } from "@nats-io/transport-node";
import { isFull } from "./failure.js";
import type { NatsLink } from "./link.js";
import type { PublishAnswer } from "./publish-expecting.js";

/** What became of a published message. */
export type PublishResult =
  | { readonly kind: "stored"; readonly seq: number; readonly isDuplicate: boolean }
  | { readonly kind: "refused"; readonly code: number; readonly description: string }
  /** Nobody answered, or nobody could: it may have been stored. */
  | { readonly kind: "unanswered"; readonly reason: string };

/** Takes a result. */
export type OnResult = (result: PublishResult) => void;

/** How long JetStream's answer to one message is waited for at most, in ms. */
const ANSWER_MS = 3_000;

/** A message that waits for its answer. */
interface Waiting {
  readonly onResult: OnResult;
  readonly since: number;
}

/**
 * Publishes messages to a stream without waiting for the answer to one before the next is sent. The client
 * library has a request for each, with a timer and promises, which costs more than all else.
 */
export class Publisher {
  readonly #link: NatsLink;
  readonly #answerMs: number;
  readonly #inbox = createInbox();
  readonly #subscription: Subscription;
  readonly #waiting = new Map<number, Waiting>();
  readonly #timer: NodeJS.Timeout;
  readonly #forget: () => void;
  #count = 0;

  /** @param link - the connection */
  constructor(link: NatsLink) {
    this.#link = link;
    this.#answerMs = Math.min(ANSWER_MS, link.timeoutMs);
    this.#subscription = link.connection.subscribe(`${this.#inbox}.*`, {
      callback: (error, message) => {
        if (error === null) this.#take(message);
      },
    });
    this.#timer = setInterval(() => this.#expire(), Math.min(250, this.#answerMs)).unref();
    // Answers to what was sent before a connection broke never come.
    this.#forget = link.onChange((isUp) => {
      if (!isUp) this.#giveUp("the connection broke", Number.POSITIVE_INFINITY);
    });
  }

  /** Messages that wait for an answer. */
  get inFlight(): number {
    return this.#waiting.size;
  }

  /** Sends a message. */
  publish(subject: string, data: Uint8Array, headers: MsgHdrs, onResult: OnResult): void {
    const number = this.#count++;
    this.#waiting.set(number, { onResult, since: performance.now() });
    try {
      this.#link.connection.publish(subject, data, { headers, reply: `${this.#inbox}.${number}` });
    } catch (error) {
      // Too large for the server, or the connection is closed.
      this.#settle(number, { kind: "unanswered", reason: (error as Error).message });
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.#forget();
    this.#subscription.unsubscribe();
    this.#giveUp("the log is closed", Number.POSITIVE_INFINITY);
  }

  #take(message: Msg): void {
    const number = Number(message.subject.slice(this.#inbox.length + 1));
    this.#settle(number, resultOf(message));
  }

  #expire(): void {
    this.#giveUp(`no answer in ${this.#answerMs} ms`, performance.now() - this.#answerMs);
  }

  /** Gives up what was sent before a moment. */
  #giveUp(reason: string, before: number): void {
    for (const [number, { since }] of this.#waiting) {
      if (since > before) return;
      this.#settle(number, { kind: "unanswered", reason });
    }
  }

  #settle(number: number, result: PublishResult): void {
    const waiting = this.#waiting.get(number);
    if (waiting === undefined) return;
    this.#waiting.delete(number);
    waiting.onResult(result);
  }
}

function resultOf(message: Msg): PublishResult {
  // Nobody listens: the stream has no leader at the moment.
  if (message.data.byteLength === 0) return { kind: "unanswered", reason: "the stream has no leader" };
  const { seq, duplicate, error } = message.json<PublishAnswer>();
  if (error === undefined) return { kind: "stored", seq: seq as number, isDuplicate: duplicate === true };
  const { err_code: code = error.code, description = "no reason given" } = error;
  // "JetStream system temporarily unavailable", and its like; a full stream has a code of its own.
  if (error.code === 503 && !isFull(code)) return { kind: "unanswered", reason: description };
  return { kind: "refused", code, description };
}
