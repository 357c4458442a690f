import type { IncomingMessage, ServerResponse } from "node:http";
import type { Telemetry } from "../observe/telemetry.js";
import { requestIdOf } from "../observe/request-id.js";
import { parseSubscribe } from "../protocol/inputs.js";
import type { GuardedBroker } from "../router/guarded-broker.js";
import { toRtmsgError, withRequest } from "../router/trpc-error.js";
import type { Access } from "../security/access.js";
import { Attachment } from "./live/attachment.js";
import { NO_ID } from "./live/delivery-encoding.js";
import { ResponseOutlet } from "./live/response-outlet.js";
import { sseEncoding } from "./live/sse-encoding.js";
import { observedRequestOf, streamIdOf } from "./observed-request.js";
import { refusedRequest } from "./refused-request.js";
import { subscriptionQuery } from "./plain-query.js";

/** How often a quiet stream sends a comment, so that proxies keep it open, in ms. */
const HEARTBEAT_MS = 15_000;

/** What an event stream needs. */
export interface EventStreamOptions {
  /** Unsent bytes that a connection may hold. */
  readonly maxBufferedBytes: number;
  readonly telemetry: Telemetry;
}

/** A request for an event stream. */
interface EventStreamCall {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly topic: string;
  readonly access: Access;
}

/**
 * Serves a subscription as server-sent events: `id` is the cursor, `data` the event as JSON.
 * `Last-Event-ID` resumes. A gap is an event named `gap`; an error that ends the stream one named
 * `failure`.
 */
export async function serveEventStream(
  guarded: GuardedBroker,
  options: EventStreamOptions,
  call: EventStreamCall,
): Promise<void> {
  const { request, response, url, topic, access } = call;
  const lastEventId = request.headers["last-event-id"];
  const input = parseSubscribe({
    ...subscriptionQuery(topic, url.searchParams),
    ...(typeof lastEventId === "string" && lastEventId !== "" && { lastEventId }),
    // The start goes out as an id, so that a client cut off before its first event resumes there.
    marks: true,
  });
  const subscription = guarded.subscribe({ ...input, reach: false }, access);
  const observed = observedRequestOf(response);
  observed?.subscribed(subscription);
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
    subscription.close();
    response.end();
    return;
  }
  const heartbeat = setInterval(() => write(response, ":\n\n"), HEARTBEAT_MS).unref();
  const attachment = new Attachment({
    subscription,
    outlet: new ResponseOutlet(response),
    encoding: sseEncoding,
    id: NO_ID,
    maxBufferedBytes: options.maxBufferedBytes,
    onEnd: (cause) => {
      clearInterval(heartbeat);
      if (cause !== undefined) write(response, failureOf(cause, call, options));
      response.end();
    },
  });
  observed?.streams(attachment);
  if (observed !== undefined) {
    options.telemetry.connections.opened(observed, { request: requestIdOf(request) });
  }
  attachment.start(beginning);
}

function failureOf(
  cause: unknown,
  { response, url }: EventStreamCall,
  { telemetry }: EventStreamOptions,
): string {
  const error = toRtmsgError(cause);
  const connection = streamIdOf(response, telemetry.connections);
  const refused = { connection, ...refusedRequest(response.req, "sse", url.pathname) };
  // One that ends with the server was not refused.
  if (error.code !== "SHUTTING_DOWN") telemetry.refusals.note(error, refused);
  return `event: failure\ndata: ${JSON.stringify(withRequest(error, refused))}\n\n`;
}

/** Writes unless the stream has ended, as it does when the server closes. */
function write(response: ServerResponse, text: string): void {
  if (!response.writableEnded) response.write(text);
}
