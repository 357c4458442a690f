import {
  encodeData,
  isRtmsgError,
  LIMITS,
  RtmsgError,
  type EncodedData,
  type ProduceInput,
  type Receipt,
} from "@rtmsg/server/protocol";
import { FRAME_OVERHEAD, overLimit, utf8Length } from "../connection/encoded-input.js";
import type { Outgoing } from "../connection/outgoing.js";
import type { WaitingCalls } from "../waiting-calls.js";
import { newEventId } from "./event-id.js";

/** A call that carries events. */
export interface EventCarrier extends Outgoing {
  /**
   * Notes that nobody waits for one of the events any more.
   *
   * @returns whether that was the last one
   */
  dropped(): "empty" | undefined;
}

/** How an event ends. */
export interface EventOutcome {
  readonly resolve: (receipt: Receipt) => void;
  readonly reject: (error: RtmsgError) => void;
}

/** An event that waits for its receipt, encoded once. */
export class PendingEvent {
  /** The event as JSON text. */
  readonly text: string;
  /** superjson's `meta` of its data. */
  readonly meta: string | undefined;
  /** About the bytes that it takes in a frame. */
  readonly bytes: number;
  /** When it was sent first, in ms of the monotonic clock; undefined while it was not. */
  firstSentAt: number | undefined;
  /** Nobody waits for it any more. */
  isSettled = false;
  /** What it travels in, once it is queued. */
  call: EventCarrier | undefined;
  /** Called when it is settled, so that nobody watches any more how long it takes. */
  stopWatch: (() => void) | undefined;
  readonly #hasOwnId: boolean;
  readonly #waiting: WaitingCalls;
  readonly #outcome: EventOutcome;

  /**
   * @param input - as the user gave it
   * @param waiting - counts it out when it is settled; whoever makes it counts it in
   * @param outcome - one of the two is called, once
   * @throws RtmsgError `INPUT_INVALID`, `DATA_INVALID`, `EVENT_TOO_LARGE`
   */
  constructor(input: ProduceInput, waiting: WaitingCalls, outcome: EventOutcome) {
    if (typeof input?.topic !== "string") {
      throw new RtmsgError("INPUT_INVALID", "An event needs a topic, which is a string");
    }
    const { topic, data, id } = input;
    if (id !== undefined && typeof id !== "string")
      throw new RtmsgError("INPUT_INVALID", "An event's id is not a string");
    const { json, jsonBytes, meta } = encode(topic, data);
    const { name, nameBytes } = encodeTopic(topic);
    // The client's own ids are letters, of which JSON escapes none.
    const idText = id === undefined ? `"${newEventId()}"` : JSON.stringify(id);
    const idBytes = id === undefined ? idText.length : utf8Length(idText);
    const more = encodeExtras(input);
    this.text = `{"topic":${name},"id":${idText},"data":${json}${more}}`;
    this.meta = meta;
    this.bytes =
      ENVELOPE_BYTES +
      nameBytes +
      idBytes +
      (jsonBytes ?? utf8Length(json)) +
      utf8Length(more) +
      (meta?.length ?? 0);
    this.#hasOwnId = id === undefined;
    this.#waiting = waiting;
    this.#outcome = outcome;
    const limit = LIMITS.frameBytes;
    if (this.bytes + FRAME_OVERHEAD > limit) throw tooLarge(this.bytes, limit);
  }

  /** The event is in the log. */
  succeed({ topic, offset, cursor, time, duplicate }: Receipt): void {
    // With an id of the client's own a duplicate is what was sent again, and not a second produce.
    const isSecond = duplicate && !this.#hasOwnId;
    if (this.#settle()) this.#outcome.resolve({ topic, offset, cursor, time, duplicate: isSecond });
  }

  /** It is not, or nobody knows. */
  fail(error: RtmsgError): void {
    if (this.#settle()) this.#outcome.reject(error);
  }

  /** No message to the server may be as large. */
  failTooLarge(limit: number): void {
    this.fail(tooLarge(this.bytes, limit));
  }

  /** Returns whether it was not settled before. */
  #settle(): boolean {
    if (this.isSettled) return false;
    this.isSettled = true;
    this.#waiting.leave(this.bytes);
    this.stopWatch?.();
    return true;
  }
}

function tooLarge(bytes: number, limit: number): RtmsgError<"EVENT_TOO_LARGE"> {
  return new RtmsgError("EVENT_TOO_LARGE", `Event is ${overLimit(bytes, limit)}: split it`, { limit });
}

/** What an event has besides the texts of its parts. */
const ENVELOPE_BYTES = '{"topic":,"id":,"data":}'.length;

/** The last topic that an event was for, as JSON: most events are for that of the one before. */
let lastTopic = { topic: "", name: '""', nameBytes: 2 };

function encodeTopic(topic: string): typeof lastTopic {
  if (lastTopic.topic !== topic) {
    const name = JSON.stringify(topic);
    lastTopic = { topic, name, nameBytes: utf8Length(name) };
  }
  return lastTopic;
}

/** What an event has besides topic, id and data, with a comma before it. */
function encodeExtras({ key, headers, expectedOffset }: ProduceInput): string {
  if (key === undefined && headers === undefined && expectedOffset === undefined) return "";
  try {
    const text = JSON.stringify({ key, headers, expectedOffset }).slice(1, -1);
    return text === "" ? "" : `,${text}`;
  } catch (cause) {
    throw new RtmsgError(
      "INPUT_INVALID",
      "An event's key, headers or expectedOffset is malformed",
      {},
      { cause },
    );
  }
}

function encode(topic: string, data: unknown): EncodedData {
  try {
    return encodeData(data);
  } catch (error) {
    if (!isRtmsgError(error)) {
      const what = error instanceof Error ? error.message : String(error);
      throw new RtmsgError("DATA_INVALID", `Data cannot be read: ${what}`, {}, { cause: error });
    }
    if (!isRtmsgError(error, "EVENT_TOO_LARGE")) throw error;
    const { limit } = error.details;
    const message = `Event for "${topic}" is over the frame limit of ${limit.toLocaleString("en")} bytes: split it`;
    throw new RtmsgError("EVENT_TOO_LARGE", message, { limit });
  }
}
