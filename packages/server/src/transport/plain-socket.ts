import type { IncomingMessage } from "node:http";
import type { WebSocket } from "ws";
import type { Subscription } from "../broker/subscription.js";
import type { Logger } from "../observe/logger.js";
import type { ObservedConnection } from "../observe/connections.js";
import type { RefusedCall } from "../observe/refusals.js";
import { requestIdOf } from "../observe/request-id.js";
import type { Telemetry } from "../observe/telemetry.js";
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
  const { connections, refusals } = telemetry;
  connections.add(observed);
  connections.opened(observed, { request: requestIdOf(request) });
  const connection = connections.idOf(observed);
  const refused: RefusedCall = { transport: "websocket", path: "subscribe", connection };
  socket.on("error", (error) => {
    logger.warn({ connection, error: error.message, topic }, "plain socket failed");
    if (isTooLarge(error)) refusals.note("EVENT_TOO_LARGE", refused);
  });
  socket.on("close", (code) => {
    connections.remove(observed, { code, delivered: attachment.delivered });
    subscription.close();
  });
  socket.on("message", (message, isBinary) => {
    const bytes = Array.isArray(message) ? 0 : message.byteLength;
    telemetry.heard({ connection, topic, bytes, isBinary });
  });
  const attachment = new Attachment({
    subscription,
    outlet,
    encoding: plainEncoding,
    id: NO_ID,
    maxBufferedBytes,
    onEnd: (cause) => {
      // What is queued goes before the close frame.
      outlet.endTurn();
      if (cause === undefined) socket.close(1000);
      else {
        const error = toRtmsgError(cause);
        // One that ends with the server was not refused.
        if (error.code !== "SHUTTING_DOWN") refusals.note(error, refused);
        socket.close(closeCodeOf(error), error.code);
      }
    },
  });
  attachment.start();
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
