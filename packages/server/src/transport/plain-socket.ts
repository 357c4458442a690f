import type { IncomingMessage } from "node:http";
import type { WebSocket } from "ws";
import type { Broker } from "../broker/broker.js";
import type { Subscription } from "../broker/subscription.js";
import type { Logger } from "../observe/logger.js";
import type { RtmsgError } from "../protocol/error.js";
import { parseSubscribe } from "../protocol/inputs.js";
import { toRtmsgError } from "../router/trpc-error.js";
import { Attachment } from "./live/attachment.js";
import { NO_ID } from "./live/delivery-encoding.js";
import type { Outlet } from "./live/outlet.js";
import { plainEncoding } from "./live/plain-encoding.js";
import { SocketOutlet } from "./live/socket-outlet.js";
import { subscriptionQuery, topicOf } from "./plain-query.js";

/** Errors close a plain socket with this plus their HTTP status, and their code as the reason. */
const CLOSE_CODE_BASE = 4_000;
/** How long a client may be silent before it is pinged, and then before it is given up, in ms. */
const PING_INTERVAL_MS = 30_000;

/** What a plain subscription needs. */
export interface PlainSocketOptions {
  readonly broker: Broker;
  readonly logger: Logger;
  readonly maxBufferedBytes: number;
}

/**
 * Opens the subscription that an upgrade asks for.
 *
 * @returns undefined when the path is no plain subscription
 * @throws RtmsgError when what is asked for is malformed or unknown
 */
export function openPlainSubscription(broker: Broker, url: URL): Subscription | undefined {
  const segment = /^\/subscribe\/([^/]+)$/.exec(url.pathname)?.[1];
  if (segment === undefined) return undefined;
  return broker.openSubscription(parseSubscribe(subscriptionQuery(topicOf(segment), url.searchParams)));
}

/**
 * Serves the ancestor's subscription: each event is one text message, a JSON string as its bare text,
 * any other value as JSON. Text from the client is logged, and is never an error.
 */
export function servePlainSocket(
  socket: WebSocket,
  request: IncomingMessage,
  subscription: Subscription,
  options: PlainSocketOptions,
): void {
  const { logger } = options;
  const topic = subscription.selection.text;
  const outlet = new SocketOutlet(request.socket, socket);
  keepAlive(socket, outlet);
  socket.on("error", (error) => logger.warn({ error: error.message, topic }, "plain socket failed"));
  socket.on("close", () => subscription.close());
  socket.on("message", (message, isBinary) => {
    const bytes = Array.isArray(message) ? 0 : message.byteLength;
    logger.info({ topic, bytes, isBinary }, "message from a subscriber");
  });
  new Attachment({
    subscription,
    outlet,
    encoding: plainEncoding,
    id: NO_ID,
    maxBufferedBytes: options.maxBufferedBytes,
    onEnd: (cause) => {
      // What is queued goes before the close frame.
      outlet.endTurn();
      if (cause === undefined) socket.close(1000);
      else closeWith(socket, describe(cause, topic, logger));
    },
  }).start();
}

function describe(cause: unknown, topic: string, logger: Logger): RtmsgError {
  const error = toRtmsgError(cause);
  if (error.code === "INTERNAL") logger.error({ error: cause, topic }, "plain subscription failed");
  return error;
}

function closeWith(socket: WebSocket, error: RtmsgError): void {
  socket.close(CLOSE_CODE_BASE + error.status, error.code);
}

function keepAlive(socket: WebSocket, outlet: Outlet): void {
  let isAlive = true;
  socket.on("pong", () => {
    isAlive = true;
  });
  const timer = setInterval(() => {
    // A client that does not read does not see a ping either: it is slow, not dead.
    if (outlet.bufferedBytes > 0) {
      isAlive = true;
      return;
    }
    if (!isAlive) {
      socket.terminate();
      return;
    }
    isAlive = false;
    socket.ping();
  }, PING_INTERVAL_MS).unref();
  socket.on("close", () => clearInterval(timer));
}
