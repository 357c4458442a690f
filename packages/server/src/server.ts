import { createServer, type Server } from "node:http";
import { createServer as createTlsServer, type ServerOptions as TlsOptions } from "node:https";
import type { AddressInfo } from "node:net";
import { Server as TlsServer } from "node:tls";
import type { Broker } from "./broker/broker.js";
import type { BrokerOptions } from "./broker/broker-options.js";

import { createBroker } from "./create-broker.js";
import { lmdbEngine } from "./engines/lmdb.js";
import { parseLimits, type LimitOptions, type ServerLimits } from "./limits/limits.js";
import type { EngineOpener } from "./log/engine.js";
import { Metrics, type MetricsText } from "./observe/metrics.js";
import { silentLogger } from "./observe/logger.js";
import type { TopicTypes } from "./topics/topic-types.js";
import type { Authenticate, Authentication } from "./security/authentication.js";
import type { Authorize } from "./security/authorize.js";
import { Gate } from "./security/gate.js";
import { isLoopback, refuseOpenAddress } from "./security/loopback.js";
import { Origins } from "./security/origins.js";
import { Rates } from "./security/rates.js";
import { attachHandlers, type Handlers } from "./transport/attach.js";
import { ANSWERED_SURPLUS } from "./transport/connection-limit.js";
import { httpOptions } from "./transport/http-options.js";
import { ConsoleFiles } from "./transport/console-files.js";
import { Transport, urlOf } from "./transport/transport.js";
import { VERSION } from "./version.js";

/** Options of `startServer`. */
export interface ServerOptions<M extends TopicTypes = TopicTypes> extends BrokerOptions<M> {
  /**
   * Where events are kept.
   * @default lmdbEngine(), a durable log in `./.rtmsg`
   */
  readonly engine?: EngineOpener | undefined;
  /**
   * Where to listen. An address that other machines can reach is refused without `insecure`.
   * @default "127.0.0.1"
   */
  readonly host?: string | undefined;
  /**
   * The port; 0 takes a free one.
   * @default 3030
   */
  readonly port?: number | undefined;
  /** A server of yours to attach to, instead of listening. Its other routes are left alone. */
  readonly server?: Server | undefined;
  /**
   * Finds out who clients are: `tokenAuth`, `jwtAuth`, or a function of yours. Without, nobody is asked.
   *
   * @example
   * ```ts
   * const auth: Authenticate = async (token) => {
   *   const user = await sessions.find(token);
   *   if (user === undefined) throw new RtmsgError("UNAUTHENTICATED", "Sign in again");
   *   return { name: user.id, rights: { produce: [], subscribe: [`users.${user.id}.>`], admin: false } };
   * };
   * ```
   */
  readonly auth?: Authenticate | Authentication | undefined;
  /**
   * Decides what clients may do, with `auth`.
   * @default by the identity's own rights
   */
  readonly authorize?: Authorize | undefined;
  /**
   * Origins of web pages that may connect, such as `https://app.example.com`, besides pages of the server's
   * own origin; `*` lets in all. Without `auth`, pages of this machine may too.
   * @default []
   */
  readonly origins?: readonly string[] | undefined;
  /** Certificate and private key as PEM text: then HTTPS and WSS are spoken, and nothing else. */
  readonly tls?: { readonly cert: string | Buffer; readonly key: string | Buffer } | undefined;
  /**
   * Listen on an address that other machines can reach, though nobody is asked who they are.
   * @default false
   */
  readonly insecure?: boolean | undefined;
  /**
   * Serve the console, a web page, at `/`. With `server`, `/` is the app's, and there is no console.
   * @default true
   */
  readonly console?: boolean | undefined;
  /** How much is taken from clients: sizes, connections, rates, times. Each has a default. */
  readonly limits?: LimitOptions | undefined;
}

/** How a server is closed. */
export interface CloseOptions {
  /**
   * How long there is for all of it, in ms: for half of that clients are asked to go elsewhere, one after the other,
   * and are served until they do. `/readyz` says that the server is not ready.
   * @default 0, all connections are closed at once
   */
  readonly drainMs?: number | undefined;
}

/** A running server. */
export interface RtmsgServer<M extends TopicTypes = TopicTypes> extends AsyncDisposable {
  /** Where it answers, such as `http://127.0.0.1:3030`. */
  readonly url: string;
  /** The broker, for produce and subscribe in this process. */
  readonly broker: Broker<M>;
  /**
   * What the server does, as Prometheus reads it: what `/metrics` answers. For apps that serve it themselves.
   *
   * @returns the text, and its content type
   */
  metrics(): Promise<MetricsText>;
  /**
   * Closes connections, broker and engine. What was accepted is answered first. Resolves when all is closed; may be
   * called again.
   *
   * @param options - how gently
   */
  close(options?: CloseOptions): Promise<void>;
}

const DEFAULT_HOST = "127.0.0.1";
const DEFAULT_PORT = 3030;

/**
 * Starts a server: tRPC at `/trpc` over WebSocket and HTTP, and the plain routes, on one port.
 *
 * @param options - topics, engine, address and limits
 * @returns the running server
 * @throws Error when the address is refused or taken; TypeError when an option is malformed
 * @example
 * ```ts
 * const server = await startServer({ topics, port: 3030 });
 * console.log(server.url);
 * await server.close();
 * ```
 */
export async function startServer<M extends TopicTypes = TopicTypes>(
  options: ServerOptions<M> = {},
): Promise<RtmsgServer<M>> {
  const { host = DEFAULT_HOST, port = DEFAULT_PORT, server: attached, insecure = false } = options;
  // Whoever attaches to a server of theirs has chosen its address themselves.
  if (attached === undefined && options.auth === undefined) refuseOpenAddress(host, insecure);
  const limits = parseLimits(options.limits);
  const broker = await createBroker<M>({ ...options, engine: options.engine ?? lmdbEngine() });
  const logger = options.logger ?? silentLogger;
  const gate = new Gate({
    authentication: authenticationOf(options.auth),
    authorize: options.authorize,
    logger,
    rates: new Rates(limits),
  });
  const metrics = new Metrics(broker, VERSION);
  const transport = new Transport({
    broker: broker as unknown as Broker,
    logger,
    gate,
    metrics,
    origins: new Origins({
      allowed: options.origins ?? [],
      allowsLoopback: gate.isOpen,
      requiresLoopbackHost: gate.isOpen && attached === undefined && isLoopback(host),
    }),
    console: (options.console ?? true) && attached === undefined ? new ConsoleFiles() : undefined,
    limits,
  });
  const detach = attached === undefined ? undefined : attachTo(attached, transport);
  let server: Server;
  try {
    server = attached ?? createHttpServer(transport, options.tls, limits);
    if (attached === undefined) await listen(server, host, port);
  } catch (error) {
    gate.close();
    metrics.close();
    await broker.close();
    throw error;
  }

  const shutDown = async ({ drainMs = 0 }: CloseOptions = {}): Promise<void> => {
    // It listens on while clients go elsewhere, so that it can say that it is not ready.
    if (drainMs > 0) await transport.drain(drainMs);
    detach?.();
    const stopped = attached === undefined ? stopListening(server) : Promise.resolve();
    // What was accepted is answered before its connection closes.
    await broker.drain();
    await transport.close();
    if (attached === undefined) server.closeAllConnections();
    await stopped;
    gate.close();
    metrics.close();
    await broker.close();
  };
  let url: string | undefined;
  let closing: Promise<void> | undefined;
  const close = (options?: CloseOptions): Promise<void> => (closing ??= shutDown(options));
  return {
    get url() {
      // A server of the app's may listen only later; one that is closed has no address any more.
      if (server.listening) url = urlOfServer(server, host);
      return url ?? urlOfServer(server, host);
    },
    broker,
    metrics: () => metrics.read(),
    close,
    [Symbol.asyncDispose]: () => close(),
  };
}

function authenticationOf(auth: Authenticate | Authentication | undefined): Authentication | undefined {
  return typeof auth === "function" ? { authenticate: auth } : auth;
}

function createHttpServer(transport: Transport, tls: ServerOptions["tls"], limits: ServerLimits): Server {
  const http = httpOptions(limits);
  const { request, connection } = transport;
  const server =
    tls === undefined
      ? createServer(http, request).on("connection", connection)
      : createSecureServer({ ...http, ...tls, handshakeTimeout: limits.handshakeMs }, request).on(
          "secureConnection",
          connection,
        );
  // Those that are in their handshake count here only.
  server.maxConnections = limits.connections + ANSWERED_SURPLUS;
  return server.on("upgrade", transport.upgrade).on("clientError", transport.clientError);
}

function createSecureServer(options: TlsOptions, request: Transport["request"]): Server {
  try {
    return createTlsServer(options, request);
  } catch (cause) {
    throw new TypeError(
      `tls: no certificate and key can be read (${(cause as Error).message}): give both as PEM text`,
      { cause },
    );
  }
}

function attachTo(server: Server, transport: Transport): () => void {
  const handlers: Handlers = {
    request: (request, response) =>
      transport.serves(urlOf(request).pathname) && transport.request(request, response),
    upgrade: (request, socket, head) =>
      transport.serves(urlOf(request).pathname) && transport.upgrade(request, socket, head),
  };
  return attachHandlers(server, handlers, transport.refusals);
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function stopListening(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}

function urlOfServer(server: Server, host: string): string {
  const address = server.address() as AddressInfo | null;
  const port = address?.port ?? 0;
  const scheme = server instanceof TlsServer ? "https" : "http";
  return `${scheme}://${host.includes(":") ? `[${host.replace(/^\[|\]$/g, "")}]` : host}:${port}`;
}
