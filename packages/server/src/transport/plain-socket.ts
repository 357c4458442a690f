import type { IncomingMessage } from "node:http";
import type { WebSocket } from "ws";
import type { Subscription } from "../broker/subscription.js";
import type { Logger } from "../observe/logger.js";
import type { ObservedConnection } from "../observe/connections.js";
import type { Telemetry } from "../observe/telemetry.js";
import type { RtmsgError } from "../protocol/error.js";
import { parseSubscribe, type SubscribeInput } from "../protocol/inputs.js";
import { toRtmsgError } from "../router/trpc-error.js";
import type { Access } from "../security/access.js";
import { closeCodeOf, DISCONNECTED_CODE } from "./close-code.js";
import { Attachment } from "./live/attachment.js";
import { NO_ID } from "./live/delivery-encoding.js";
import type { Outlet } from "./live/outlet.js";
import type { KeepAlive } from "./live/keep-alive.js";
import { isTooLarge } from "./live/message-size.js";
import { plainEncoding } from "./live/plain-encoding.js";
import { SocketOutlet } from "./live/socket-outlet.js";
import { subscriptionQuery, topicOf } from "./plain-query.js";

/** What a plain subscription needs. */
export interface PlainSocketOptions {
  readonly logger: Logger;
  readonly maxBufferedBytes: number;
  readonly telemetry: Telemetry;
  /** What the client may do. */
  readonly access: Access;
  /** Of all plain sockets. */
  readonly keepAlive: KeepAlive;
}

/**
 * What an upgrade asks to subscribe to.
 *
 * @returns undefined when the path is no plain subscription
 * @throws RtmsgError when what is asked for is malformed
 */
export function plainSubscriptionOf(url: URL): SubscribeInput | undefined {
  const segment = /^\/subscribe\/([^/]+)$/.exec(url.pathname)?.[1];
  if (segment === undefined) return undefined;
  return parseSubscribe(subscriptionQuery(topicOf(segment), url.searchParams));
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
  const { logger, telemetry, maxBufferedBytes, keepAlive, access } = options;
  const topic = subscription.selection.text;
  const outlet = new SocketOutlet(request.socket, socket);
  keepAliveWhileOpen(socket, outlet, keepAlive);
  const observed: ObservedConnection = {
    transport: "websocket",
    get state() {
      return socket.readyState === socket.OPEN ? "open" : "closing";
    },
    get socket() {
      return outlet.socket;
    },
    get bufferedBytes() {
      return outlet.bufferedBytes;
    },
    get identity() {
      return access.name;
    },
    subscriptions: () => [subscription.status()],
    leave: () => {
      outlet.endTurn();
      socket.close(1001, "SHUTTING_DOWN");
    },
    disconnect: () => {
      outlet.endTurn();
      socket.close(DISCONNECTED_CODE, "DISCONNECTED");
    },
  };
  telemetry.connections.add(observed);
  socket.on("error", (error) => {
    logger.warn({ error: error.message, topic }, "plain socket failed");
    if (isTooLarge(error)) telemetry.refusals.note("EVENT_TOO_LARGE", { transport: "websocket" });
  });
  socket.on("close", () => {
    subscription.close();
    telemetry.connections.remove(observed);
  });
  socket.on("message", (message, isBinary) => {
    const bytes = Array.isArray(message) ? 0 : message.byteLength;
    logger.info({ topic, bytes, isBinary }, "message from a subscriber");
  });
  new Attachment({
    subscription,
    outlet,
    encoding: plainEncoding,
    id: NO_ID,
    maxBufferedBytes,
    onEnd: (cause) => {
      // What is queued goes before the close frame.
      outlet.endTurn();
      if (cause === undefined) socket.close(1000);
      else closeWith(socket, describe(cause, topic, options));
    },
  }).start();
}

function describe(cause: unknown, topic: string, { logger, telemetry }: PlainSocketOptions): RtmsgError {
  const error = toRtmsgError(cause);
  // One that ends with the server was not refused.
  if (error.code !== "SHUTTING_DOWN") {
    telemetry.refusals.note(error.code, { transport: "websocket", path: "subscribe" });
  }
  if (error.code === "INTERNAL") logger.error({ error: cause, topic }, "plain subscription failed");
  return error;
}

function closeWith(socket: WebSocket, error: RtmsgError): void {
  socket.close(closeCodeOf(error), error.code);
}

function keepAliveWhileOpen(socket: WebSocket, outlet: Outlet, keepAlive: KeepAlive): void {
  const life = keepAlive.begin({
    get isBlocked() {
      return outlet.bufferedBytes > 0;
    },
    ping: () => socket.ping(),
    cut: () => socket.terminate(),
  });
  socket.on("pong", () => life.seen());
  socket.on("close", () => keepAlive.end(life));
}
