import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { setImmediate as nextTurn, setTimeout as nextMs } from "node:timers/promises";
import { WebSocketServer, type WebSocket } from "ws";
import type { Broker } from "../broker/broker.js";
import type { Subscription } from "../broker/subscription.js";
import type { ServerLimits } from "../limits/limits.js";
import type { Logger } from "../observe/logger.js";
import { REQUEST_ID_HEADER, requestIdOf } from "../observe/request-id.js";
import type { Metrics } from "../observe/metrics.js";
import type { Telemetry } from "../observe/telemetry.js";
import { RtmsgError } from "../protocol/error.js";
import { createRouter } from "../router/create-router.js";
import { GuardedBroker } from "../router/guarded-broker.js";
import { toRtmsgError, withRequest } from "../router/trpc-error.js";
import type { Gate } from "../security/gate.js";
import type { Origins } from "../security/origins.js";
import { tokenOf } from "../security/token.js";
import type { Handlers, Refusals } from "./attach.js";
import { refuseSocket, replyError } from "./http-reply.js";
import { KeepAlive } from "./live/keep-alive.js";
import { isAboutRequest, malformedRequest, statusOfMalformed } from "./malformed-request.js";
import { turn } from "./live/turn.js";
import { admit } from "./admit.js";
import { closeCodeOf } from "./close-code.js";
import { ConnectionLimit } from "./connection-limit.js";
import type { ConsoleFiles } from "./console-files.js";
import { answerCors } from "./cors.js";
import { askToLeave } from "./drain.js";
import { ObservedRequest } from "./observed-request.js";
import { OpenResponses } from "./open-responses.js";
import { refusedRequest } from "./refused-request.js";
import { PlainRoutes } from "./plain-routes.js";
import { plainSubscriptionOf, servePlainSocket } from "./plain-socket.js";
import { trpcHttpHandler } from "./trpc-http.js";
import { serveTrpcSocket } from "./trpc-socket.js";

/** What the transport needs. */
export interface TransportOptions {
  readonly broker: Broker;
  readonly logger: Logger;
  readonly limits: ServerLimits;
  readonly gate: Gate;
  readonly metrics: Metrics;
  readonly origins: Origins;
  /** The web page; undefined where none is served. */
  readonly console: ConsoleFiles | undefined;
}

/** Routes that an app's own server may well have itself. */
const OWN_PORT_ONLY: ReadonlySet<string> = new Set(["/", "/metrics", "/readyz"]);
/** How long connections get to close before they are cut, in ms. */
const CLOSE_GRACE_MS = 1_000;

/** Everything that is served on one port: tRPC over WebSocket and HTTP at `/trpc`, and the plain routes. */
export class Transport implements Handlers {
  readonly #options: TransportOptions;
  readonly #guarded: GuardedBroker;
  readonly #wss: WebSocketServer;
  readonly #plainWss: WebSocketServer;
  readonly #plainRoutes: PlainRoutes;
  readonly #trpc: ReturnType<typeof trpcHttpHandler>;
  readonly #responses: OpenResponses;
  readonly #connections: ConnectionLimit;
  readonly #keepAlive: KeepAlive;
  readonly #telemetry: Telemetry;
  #isDraining = false;

  constructor(options: TransportOptions) {
    const { broker, logger, limits, gate } = options;
    const { telemetry } = broker;
    this.#telemetry = telemetry;
    this.#responses = new OpenResponses(limits.requestsPerConnection);
    this.#connections = new ConnectionLimit(limits, (address) => {
      telemetry.refusals.note("LIMIT_EXCEEDED", { transport: "http", address });
    });
    this.#keepAlive = new KeepAlive({ pingMs: limits.pingMs, pongWaitMs: limits.pongMs });
    this.#guarded = new GuardedBroker(broker);
    this.#options = options;
    // Compression stays off: it would cost every subscriber its own copy of each frame.
    const wsOptions = { noServer: true, maxPayload: limits.frameBytes, perMessageDeflate: false } as const;
    this.#wss = new WebSocketServer(wsOptions);
    this.#plainWss = new WebSocketServer(wsOptions);
    const router = createRouter(broker);
    serveTrpcSocket({ wss: this.#wss, router, logger, limits, gate, telemetry });
    this.#trpc = trpcHttpHandler({ router, limits, gate, telemetry });
    this.#plainRoutes = new PlainRoutes(options);
  }

  /** Whether a path is the broker's, on a server that others use too. */
  serves(pathname: string): boolean {
    return isTrpc(pathname) || (!OWN_PORT_ONLY.has(pathname) && this.#plainRoutes.serves(pathname));
  }

  /** Refuses what nobody serves, on a server that others use too. */
  readonly refusals: Refusals = {
    request: (request, response) => {
      response.setHeader(REQUEST_ID_HEADER, requestIdOf(request));
      replyError(response, this.#noteRefusal(request, nothingAt(urlOf(request).pathname)), 404);
    },
    upgrade: (request, socket) => {
      this.#refuseUpgrade(request, socket, nothingAt(urlOf(request).pathname, "WebSocket"), 404);
    },
  };

  /** Counts a connection, before it asks for anything. */
  readonly connection = (socket: Socket): void => {
    this.#connections.enter(socket);
  };

  /** Answers what is no HTTP, or takes too long, or has too long a head. */
  readonly clientError = (cause: NodeJS.ErrnoException, socket: Duplex): void => {
    // One that is gone, or has had a part of an answer, gets none.
    const { writable, bytesWritten, remoteAddress: address } = socket as Socket;
    if (!writable || bytesWritten > 0 || !isAboutRequest(cause)) {
      socket.destroy();
      return;
    }
    const error = malformedRequest(cause);
    const request = randomUUID();
    this.#telemetry.refusals.note(error, { transport: "http", address, request });
    refuseSocket(socket, error, { request, status: statusOfMalformed(cause) });
  };

  /** Answers a request. */
  readonly request = (request: IncomingMessage, response: ServerResponse): boolean => {
    const url = urlOf(request);
    response.setHeader(REQUEST_ID_HEADER, requestIdOf(request));
    const surplus = this.#connections.enter(request.socket);
    if (surplus !== undefined || this.#isDraining) response.setHeader("connection", "close");
    const overload = surplus ?? this.#responses.add(response);
    if (overload !== undefined) {
      replyError(response, this.#noteRefusal(request, overload));
      return true;
    }
    const observed = new ObservedRequest(url.pathname, response);
    this.#telemetry.connections.add(observed);
    response.on("close", () =>
      this.#telemetry.connections.remove(observed, { delivered: observed.delivered }),
    );
    if (this.#refusesOrigin(request, response)) return true;
    if (this.#options.console?.answer(request, response, url.pathname) === true) return true;
    if (isTrpc(url.pathname)) this.#trpc(request, response);
    else void this.#plainRoutes.handle(request, response, url);
    return true;
  };

  /** Answers an upgrade. */
  readonly upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): boolean => {
    socket.on("error", destroyThis);
    const refusal = this.#isDraining ? shuttingDown() : this.#connections.enter(request.socket);
    if (refusal !== undefined) {
      this.#refuseUpgrade(request, socket, refusal);
      return true;
    }
    this.#upgrade(request, socket, head, urlOf(request)).catch((cause: unknown) => {
      this.#refuseUpgrade(request, socket, toRtmsgError(cause));
    });
    return true;
  };

  /**
   * Says that it is going away, and asks clients to go elsewhere.
   *
   * @param ms - how long there is for all of the shutting down
   */
  async drain(ms: number): Promise<void> {
    this.#isDraining = true;
    this.#plainRoutes.drain();
    await askToLeave(this.#telemetry.connections, ms);
  }

  /** Answers what is being answered and closes every connection, those that take too long by force. */
  async close(): Promise<void> {
    // What this turn has to say leaves before the goodbye: first it is handed out, then it is written.
    turn.hurry();
    await nextTurn();
    await nextTurn();
    const sockets = [...this.#wss.clients, ...this.#plainWss.clients];
    for (const socket of sockets) socket.close(1001, "SHUTTING_DOWN");
    const finished = Promise.all([this.#responses.finish(), ...sockets.map(closed)]);
    const hurry = new AbortController();
    const late = nextMs(CLOSE_GRACE_MS, undefined, { signal: hurry.signal }).catch(() => undefined);
    await Promise.race([finished, late]);
    hurry.abort();
    for (const socket of sockets) socket.terminate();
    this.#responses.cut();
    this.#wss.close();
    this.#plainWss.close();
  }

  /** Takes note of a client that is refused before it is served; returns how it is answered. */
  #noteRefusal(request: IncomingMessage, error: RtmsgError): RtmsgError {
    const { pathname } = urlOf(request);
    const isUpgrade = request.headers.upgrade !== undefined;
    const transport = isTrpc(pathname)
      ? isUpgrade
        ? "trpc"
        : "trpc_http"
      : isUpgrade
        ? "websocket"
        : "http";
    const refused = refusedRequest(request, transport, pathname);
    this.#telemetry.refusals.note(error, refused);
    return withRequest(error, refused);
  }

  #refuseUpgrade(request: IncomingMessage, socket: Duplex, error: RtmsgError, status = error.status): void {
    refuseSocket(socket, this.#noteRefusal(request, error), { request: requestIdOf(request), status });
  }

  /** Answers for pages of other origins: with what lets their script read the answer, or with a refusal. */
  #refusesOrigin(request: IncomingMessage, response: ServerResponse): boolean {
    try {
      const origin = this.#options.origins.check(request);
      return origin !== undefined && answerCors(request, response, origin);
    } catch (cause) {
      replyError(response, this.#noteRefusal(request, toRtmsgError(cause)));
      return true;
    }
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, url: URL): Promise<void> {
    try {
      this.#options.origins.check(request);
    } catch (cause) {
      if (request.headers.origin === undefined || !isTrpc(url.pathname)) throw cause;
      // A page's script is told of a WebSocket's close, and never why an upgrade was refused.
      const error = this.#noteRefusal(request, toRtmsgError(cause));
      this.#wss.handleUpgrade(request, socket, head, (ws) => {
        // Whatever it sends, or breaks, nobody listens.
        ws.on("error", () => undefined);
        ws.close(closeCodeOf(error), error.code);
      });
      return;
    }
    if (isTrpc(url.pathname)) {
      this.#wss.handleUpgrade(request, socket, head, (ws) => this.#wss.emit("connection", ws, request));
      return;
    }
    const input = plainSubscriptionOf(url);
    if (input === undefined) {
      this.#refuseUpgrade(request, socket, nothingAt(url.pathname, "WebSocket"), 404);
      return;
    }
    let subscription: Subscription | undefined;
    const access = await admit(this.#options.gate, {
      request,
      token: tokenOf({ request, query: url.searchParams }),
      held: socket,
      isClosed: ({ destroyed }) => destroyed,
      onEnd: (error) => subscription?.fail(error),
    });
    if (socket.destroyed) return;
    const opened = this.#guarded.subscribe(input, access);
    subscription = opened;
    // A handshake that fails closes the socket, and no WebSocket comes of it.
    socket.once("close", () => opened.close());
    this.#plainWss.handleUpgrade(request, socket, head, (ws) => {
      servePlainSocket(ws, request, opened, {
        logger: this.#options.logger,
        maxBufferedBytes: this.#options.limits.bufferedBytes,
        keepAlive: this.#keepAlive,
        telemetry: this.#telemetry,
        access,
      });
    });
  }
}

function closed(socket: WebSocket): Promise<void> {
  if (socket.readyState === socket.CLOSED) return Promise.resolve();
  return new Promise((resolve) => socket.once("close", () => resolve()));
}

/** One listener for all sockets: a function for each would have to be kept with each. */
function destroyThis(this: Duplex): void {
  this.destroy();
}

function shuttingDown(): RtmsgError<"SHUTTING_DOWN"> {
  return new RtmsgError("SHUTTING_DOWN", "The broker is shutting down: connect again in a moment");
}

function nothingAt(pathname: string, what = "route"): RtmsgError<"INPUT_INVALID"> {
  const routes = what === "WebSocket" ? "/trpc or /subscribe/<topic>" : "/trpc, /produce/<topic> or /topics";
  const message = `There is no ${what} at ${pathname.slice(0, 100)}: use ${routes}`;
  return new RtmsgError("INPUT_INVALID", message);
}

function isTrpc(pathname: string): boolean {
  return pathname === "/trpc" || pathname.startsWith("/trpc/");
}

/** A request's URL; one that cannot be read is a path that nothing serves. */
export function urlOf(request: IncomingMessage): URL {
  try {
    return new URL(request.url ?? "/", "http://localhost");
  } catch {
    return new URL("http://localhost/%00");
  }
}
