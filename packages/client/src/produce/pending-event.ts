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
  readonly #hasOwnId: boolean;
  readonly #settle: (outcome: Receipt | RtmsgError) => void;

  /**
   * @param input - as the user gave it
   * @param settle - called once, with its receipt or its error
   * @throws RtmsgError `INPUT_INVALID`, `DATA_INVALID`, `EVENT_TOO_LARGE`
   */
  constructor(input: ProduceInput, settle: (outcome: Receipt | RtmsgError) => void) {
    if (typeof input?.topic !== "string") {
      throw new RtmsgError("INPUT_INVALID", "An event needs a topic, which is a string");
    }
    const { topic, data, id = newEventId() } = input;
    if (typeof id !== "string") throw new RtmsgError("INPUT_INVALID", "An event's id is not a string");
    const { json, meta } = encode(topic, data);
    const more = encodeExtras(input);
    this.text = `{"topic":${JSON.stringify(topic)},"id":${JSON.stringify(id)},"data":${json}${more}}`;
    this.meta = meta;
    this.bytes = utf8Length(this.text) + (meta?.length ?? 0);
    this.#hasOwnId = input.id === undefined;
    this.#settle = settle;
    const limit = LIMITS.frameBytes;
    if (this.bytes + FRAME_OVERHEAD > limit) {
      throw new RtmsgError("EVENT_TOO_LARGE", `Event is ${overLimit(this.bytes)}: split it`, { limit });
    }
  }

  /** The event is in the log. */
  succeed({ topic, offset, cursor, time, duplicate }: Receipt): void {
    // With an id of the client's own a duplicate is what was sent again, and not a second produce.
    const isSecond = duplicate && !this.#hasOwnId;
    this.#end({ topic, offset, cursor, time, duplicate: isSecond });
  }

  /** It is not, or nobody knows. */
  fail(error: RtmsgError): void {
    this.#end(error);
  }

  #end(outcome: Receipt | RtmsgError): void {
    if (this.isSettled) return;
    this.isSettled = true;
    this.#settle(outcome);
  }
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
    if (!isRtmsgError(error, "EVENT_TOO_LARGE")) throw error;
    const { limit } = error.details;
    const message = `Event for "${topic}" is over the frame limit of ${limit.toLocaleString("en")} bytes: split it`;
    throw new RtmsgError("EVENT_TOO_LARGE", message, { limit });
  }
}
