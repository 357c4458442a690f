import type { IncomingMessage, ServerResponse } from "node:http";
import type { Broker } from "../broker/broker.js";
import { decodeJsonEvent } from "../broker/event-decoding.js";
import { isStoredEvent, type Delivery, type Subscription } from "../broker/subscription.js";
import type { Logger } from "../observe/logger.js";
import { parseSubscribe } from "../protocol/inputs.js";
import { toRtmsgError } from "../router/trpc-error.js";
import { subscriptionQuery } from "./plain-query.js";

/** How often a quiet stream sends a comment, so that proxies keep it open, in ms. */
const HEARTBEAT_MS = 15_000;

/** What an event stream needs. */
export interface EventStreamOptions {
  readonly broker: Broker;
  readonly logger: Logger;
}

/** A request for an event stream. */
interface EventStreamCall {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly topic: string;
}

/**
 * Serves a subscription as server-sent events: `id` is the cursor, `data` the event as JSON.
 * `Last-Event-ID` resumes. A gap is an event named `gap`; an error that ends the stream one named
 * `failure`.
 */
export async function serveEventStream(options: EventStreamOptions, call: EventStreamCall): Promise<void> {
  const { request, response, url, topic } = call;
  const lastEventId = request.headers["last-event-id"];
  const input = parseSubscribe({
    ...subscriptionQuery(topic, url.searchParams),
    ...(typeof lastEventId === "string" && lastEventId !== "" && { lastEventId }),
    // The start goes out as an id, so that a client cut off before its first event resumes there.
    marks: true,
  });
  const subscription = options.broker.openSubscription(input);
  response.on("close", () => subscription.close());
  // The start, and what comes right after it (the past, its end, or a gap), tell whether there is
  // anything to stream while there can still be a status. Neither waits for an event.
  const beginning = [await subscription.next(), await subscription.next()];
  response.writeHead(200, {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache, no-transform",
    "x-accel-buffering": "no",
    "x-content-type-options": "nosniff",
  });
  if (request.method === "HEAD") {
    response.end();
    return;
  }
  const heartbeat = setInterval(() => write(response, ":\n\n"), HEARTBEAT_MS).unref();
  try {
    await writeStream(response, subscription, beginning);
  } catch (cause) {
    const error = toRtmsgError(cause);
    if (error.code === "INTERNAL") options.logger.error({ error: cause, topic }, "event stream failed");
    write(response, `event: failure\ndata: ${JSON.stringify(error)}\n\n`);
  } finally {
    clearInterval(heartbeat);
    response.end();
  }
}

async function writeStream(
  response: ServerResponse,
  subscription: Subscription,
  beginning: readonly (readonly Delivery[] | undefined)[],
): Promise<void> {
  for (const page of beginning) {
    if (page !== undefined) await writePage(response, subscription, page);
  }
  for (let page = await subscription.next(); page !== undefined; page = await subscription.next()) {
    await writePage(response, subscription, page);
  }
}

async function writePage(
  response: ServerResponse,
  subscription: Subscription,
  page: readonly Delivery[],
): Promise<void> {
  const text = page.map((delivery) => frameOf(delivery, subscription.epoch)).join("");
  if (!write(response, text)) await drained(response);
}

/** Writes unless the stream has ended, as it does when the server closes. */
function write(response: ServerResponse, text: string): boolean {
  return response.writableEnded || response.write(text);
}

function frameOf(delivery: Delivery, epoch: string): string {
  if (isStoredEvent(delivery)) {
    const event = decodeJsonEvent(delivery, epoch);
    return `id: ${event.cursor}\ndata: ${JSON.stringify(event)}\n\n`;
  }
  const { type, cursor } = delivery;
  if (type === "gap") return `event: gap\nid: ${cursor}\ndata: ${JSON.stringify(delivery)}\n\n`;
  // An id without data sets the position to resume from, and is no event to the page.
  return `id: ${cursor}\n\n`;
}

async function drained(response: ServerResponse): Promise<void> {
  if (response.destroyed) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      response.off("drain", done);
      response.off("close", done);
      resolve();
    };
    response.on("drain", done);
    response.on("close", done);
  });
}
