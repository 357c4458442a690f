import type { IncomingMessage, ServerResponse } from "node:http";
import type { Broker } from "../broker/broker.js";
import { decodeJsonEvent } from "../broker/event-decoding.js";
import { ProduceOrder } from "../broker/produce-order.js";
import type { ServerLimits } from "../limits/limits.js";
import type { Metrics } from "../observe/metrics.js";
import { RtmsgError } from "../protocol/error.js";
import { parseGetTopic, parseHistory, parseListTopics, parseProduce } from "../protocol/inputs.js";
import { GuardedBroker } from "../router/guarded-broker.js";
import { toRtmsgError, withRequest } from "../router/trpc-error.js";
import { openAccess, type Access } from "../security/access.js";
import type { Gate } from "../security/gate.js";
import { tokenOf } from "../security/token.js";
import { admitRequest } from "./admit.js";
import type { ConsoleFiles } from "./console-files.js";
import { readJsonBody } from "./http-body.js";
import { observedRequestOf, streamIdOf } from "./observed-request.js";
import { refusedRequest } from "./refused-request.js";
import { replyError, replyJson } from "./http-reply.js";
import { historyQuery, listQuery, topicOf } from "./plain-query.js";
import { sendBackup } from "./send-backup.js";
import { serveEventStream } from "./sse.js";
import { VERSION } from "../version.js";

/** What the plain routes need. */
export interface PlainRoutesOptions {
  readonly broker: Broker;
  readonly limits: ServerLimits;
  readonly gate: Gate;
  readonly metrics: Metrics;
  /** The web page; undefined where none is served. */
  readonly console: ConsoleFiles | undefined;
}

/** A request, taken apart. */
interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  /** What the route's path captured. */
  readonly segment: string;
  /** What the client may do. */
  readonly access: Access;
}

interface Route {
  readonly method: "GET" | "POST";
  readonly path: RegExp;
  /** Whether it tells nothing that is not for everyone. */
  readonly isPublic?: boolean;
  readonly handle: (call: Call) => Promise<void> | void;
}

/**
 * The routes for any client: produce by POST, subscribe by SSE, topics and history as JSON. They carry
 * the JSON half of the data.
 */
export class PlainRoutes {
  readonly #options: PlainRoutesOptions;
  readonly #guarded: GuardedBroker;
  #isDraining = false;
  readonly #routes: readonly Route[] = [
    { method: "GET", path: /^\/()$/, isPublic: true, handle: (call) => this.#overview(call) },
    { method: "GET", path: /^\/healthz()$/, isPublic: true, handle: (call) => this.#health(call) },
    { method: "POST", path: /^\/produce\/([^/]+)$/, handle: (call) => this.#produce(call) },
    { method: "GET", path: /^\/subscribe\/([^/]+)$/, handle: (call) => this.#subscribe(call) },
    { method: "GET", path: /^\/readyz()$/, isPublic: true, handle: (call) => this.#readiness(call) },
    { method: "GET", path: /^\/metrics()$/, handle: (call) => this.#metrics(call) },
    { method: "GET", path: /^\/admin\/backup()$/, handle: (call) => this.#backup(call) },
    { method: "GET", path: /^\/topics()$/, handle: (call) => this.#listTopics(call) },
    { method: "GET", path: /^\/topics\/([^/]+)$/, handle: (call) => this.#getTopic(call) },
    { method: "GET", path: /^\/topics\/([^/]+)\/events$/, handle: (call) => this.#history(call) },
  ];

  constructor(options: PlainRoutesOptions) {
    this.#options = options;
    this.#guarded = new GuardedBroker(options.broker);
  }

  /** Says from now on that it is not ready. */
  drain(): void {
    this.#isDraining = true;
  }

  /** Whether a path is one of the routes, by whatever method. */
  serves(pathname: string): boolean {
    return this.#routes.some(({ path }) => path.test(pathname));
  }

  /** Answers a request. */
  async handle(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    try {
      await this.#dispatch(request, response, url);
    } catch (cause) {
      // A client that went away in the middle wants no answer.
      if (request.destroyed && !request.complete) return;
      replyError(response, this.#noteRefusal(toRtmsgError(cause), response, url));
    }
  }

  async #dispatch(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const onPath = this.#routes.filter(({ path }) => path.test(url.pathname));
    const method = request.method === "HEAD" ? "GET" : request.method;
    const route = onPath.find((candidate) => candidate.method === method);
    if (route === undefined) {
      if (onPath.length > 0) response.setHeader("allow", allowedOn(onPath).join(", "));
      const error = noRoute(request.method ?? "", url.pathname, onPath);
      replyError(response, this.#noteRefusal(error, response, url), onPath.length > 0 ? 405 : 404);
      return;
    }
    const segment = topicOf(route.path.exec(url.pathname)?.[1] ?? "");
    const access = await this.#admit(route, request, response, url);
    observedRequestOf(response)?.admitted(access);
    await route.handle({ request, response, url, segment, access });
  }

  /** Takes note of a refusal; returns how it is answered. */
  #noteRefusal(error: RtmsgError, response: ServerResponse, { pathname }: URL): RtmsgError {
    const { refusals, connections } = this.#options.broker.telemetry;
    const transport = pathname.startsWith("/subscribe/") ? "sse" : "http";
    const connection = streamIdOf(response, connections);
    const call = { connection, ...refusedRequest(response.req, transport, pathname) };
    refusals.note(error, call);
    return withRequest(error, call);
  }

  async #admit(route: Route, request: IncomingMessage, response: ServerResponse, url: URL): Promise<Access> {
    const { gate } = this.#options;
    if (route.isPublic === true) return openAccess;
    if (gate.isOpen) return gate.openTo(request.socket.remoteAddress);
    return admitRequest(gate, request, response, tokenOf({ request, query: url.searchParams }));
  }

  async #produce({ request, response, segment, access }: Call): Promise<void> {
    const data = await readJsonBody(request, this.#options.limits.frameBytes);
    const id = request.headers["idempotency-key"];
    const input = parseProduce({ topic: segment, data, ...(id !== undefined && { id }) });
    const caller = { order: new ProduceOrder(), access, transport: "http" } as const;
    replyJson(response, 200, await this.#guarded.produce(input, caller));
  }

  async #subscribe({ request, response, url, segment, access }: Call): Promise<void> {
    if (!/\btext\/event-stream\b/.test(request.headers.accept ?? "")) {
      throw new RtmsgError(
        "INPUT_INVALID",
        "To subscribe, upgrade to a WebSocket, or send the header accept: text/event-stream",
      );
    }
    const { limits, broker } = this.#options;
    const options = { maxBufferedBytes: limits.bufferedBytes, telemetry: broker.telemetry };
    await serveEventStream(this.#guarded, options, { request, response, url, topic: segment, access });
  }

  async #listTopics({ response, url, access }: Call): Promise<void> {
    const input = parseListTopics(listQuery(url.searchParams));
    replyJson(response, 200, await this.#guarded.listTopics(input, access));
  }

  async #getTopic({ response, segment, access }: Call): Promise<void> {
    replyJson(response, 200, await this.#guarded.getTopic(parseGetTopic({ topic: segment }).topic, access));
  }

  async #history({ response, url, segment, access }: Call): Promise<void> {
    const { epoch } = this.#options.broker;
    const input = parseHistory(historyQuery(segment, url.searchParams));
    const { events, next } = await this.#guarded.history(input, access);
    replyJson(response, 200, { events: events.map((event) => decodeJsonEvent(event, epoch)), next });
  }

  async #backup({ response, access }: Call): Promise<void> {
    using copy = await this.#guarded.backup(access);
    await sendBackup(response, copy);
  }

  #health({ response }: Call): void {
    const { engine, epoch } = this.#options.broker;
    const { name, durability } = engine;
    replyJson(response, 200, { status: "ok", version: VERSION, engine: name, durability, epoch });
  }

  async #readiness({ response }: Call): Promise<void> {
    const reason = this.#isDraining ? "SHUTTING_DOWN" : await this.#options.broker.whyNotWritable();
    if (reason === undefined) replyJson(response, 200, { status: "ready" });
    else replyJson(response, 503, { status: "unready", reason });
  }

  async #metrics({ response, access }: Call): Promise<void> {
    access.require("admin");
    const { contentType, text } = await this.#options.metrics.read();
    response.writeHead(200, {
      "content-type": contentType,
      "content-length": Buffer.byteLength(text),
      "x-content-type-options": "nosniff",
    });
    response.end(text);
  }

  #overview({ response }: Call): void {
    const text = OVERVIEW + aboutConsole(this.#options.console);
    response.writeHead(200, {
      "content-type": "text/plain; charset=utf-8",
      "content-length": Buffer.byteLength(text),
      "x-content-type-options": "nosniff",
    });
    response.end(text);
  }
}

const OVERVIEW = `rtmsg ${VERSION}

POST /produce/<topic>            produce an event (a JSON body)
GET  /subscribe/<topic>          subscribe, by WebSocket or accept: text/event-stream
GET  /topics                     what topics there are
GET  /topics/<topic>             one topic
GET  /topics/<topic>/events      its past
GET  /healthz                    whether the broker is well
GET  /readyz                     whether it takes events
GET  /metrics                    what it does, for Prometheus
     /trpc                       the typed API: npm install @rtmsg/client
`;

function aboutConsole(files: ConsoleFiles | undefined): string {
  if (files === undefined) return "";
  return files.isBuilt
    ? "\nOpen this address in a browser for the console.\n"
    : "\nThe console is not built: run `npm run build` in the checkout, and start the broker again.\n";
}

function allowedOn(routes: readonly Route[]): string[] {
  return routes.flatMap(({ method }) => (method === "GET" ? ["GET", "HEAD"] : [method]));
}

function noRoute(method: string, path: string, onPath: readonly Route[]): RtmsgError<"INPUT_INVALID"> {
  const message =
    onPath.length > 0
      ? `${path} does not answer ${method}: use ${allowedOn(onPath).join(", ")}`
      : `There is nothing at ${path.slice(0, 100)}: see / for the routes`;
  return new RtmsgError("INPUT_INVALID", message);
}
