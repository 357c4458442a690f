import type { IncomingMessage } from "node:http";
import { getTRPCErrorFromUnknown, TRPCError, type AnyTRPCRouter } from "@trpc/server";
import { parseTRPCMessage, type TRPCClientOutgoingMessage } from "@trpc/server/rpc";
import { jsonEncoder } from "@trpc/server/adapters/ws";
import type { RawData, WebSocket } from "ws";
import type { ConnectionState, CountedSocket, ObservedConnection } from "../../observe/connections.js";
import { requestIdOf } from "../../observe/request-id.js";
import type { SubscriptionStatus } from "../../protocol/admin.js";
import { isRtmsgError, RtmsgError } from "../../protocol/error.js";
import { ConnectionContext } from "../../router/connection.js";
import { toTRPCError } from "../../router/trpc-error.js";
import { closeCodeOf, DISCONNECTED_CODE } from "../close-code.js";
import { SocketOutlet } from "../live/socket-outlet.js";
import { addressOf, callOf } from "./calls.js";
import { announcesParams, createConnectionContext, readParams } from "./connection-context.js";
import type { KeepAlive, KeptConnection, Life } from "../live/keep-alive.js";
import { tooManyCalls } from "../request-limits.js";
import { ProcedureCalls } from "./procedure-calls.js";
import type { ConnectionLimits, SocketHandlerOptions } from "./socket-handler-options.js";
import { TrpcReplies, UNKNOWN_CALL, type NamedConnection } from "./trpc-replies.js";

/** Bytes that a connection may hold unsent, where an option does not say. */
const MAX_BUFFERED_BYTES = 1_048_576;
/** Asks a client to connect again, elsewhere if it can. */
const RECONNECT = '{"id":null,"method":"reconnect"}';
/** How long a connection that was refused may still ask something, and be told why not, in ms. */
const REFUSAL_MS = 500;

/** What all connections of a server have in common. */
export interface ConnectionSettings {
  readonly keepAlive: KeepAlive | undefined;
  readonly limits: ConnectionLimits;
}

/** One connection that speaks tRPC's WebSocket protocol. */
export class TrpcConnection implements KeptConnection, ObservedConnection, NamedConnection {
  readonly transport = "trpc";
  readonly #socket: WebSocket;
  readonly #options: SocketHandlerOptions<AnyTRPCRouter>;
  readonly #outlet: SocketOutlet;
  readonly #replies: TrpcReplies;
  readonly #calls: ProcedureCalls;
  readonly #maxBufferedBytes: number;
  /** Aborted when the connection closes; made when a context asks for it. */
  #closed: AbortController | undefined;
  /** Messages that came before the context was made, in their order; undefined once it is. */
  #waiting: unknown[] | undefined = [];
  #waitingBytes = 0;
  /** Takes the first message, of a client that announced connection params. */
  #takeParams: ((message: unknown) => void) | undefined;
  /** Why there is no context. */
  #refusal: TRPCError | undefined;
  readonly #keepAlive: KeepAlive | undefined;
  readonly #limits: ConnectionLimits;
  #life: Life | undefined;

  constructor(
    socket: WebSocket,
    request: IncomingMessage,
    options: SocketHandlerOptions<AnyTRPCRouter>,
    { keepAlive, limits }: ConnectionSettings,
  ) {
    const { router, maxBufferedBytes = MAX_BUFFERED_BYTES } = options;
    this.#socket = socket;
    this.#options = options;
    this.#keepAlive = keepAlive;
    this.#limits = limits;
    this.#outlet = new SocketOutlet(request.socket, socket);
    this.#replies = new TrpcReplies(socket, request, this.#outlet, options, this);
    this.#calls = new ProcedureCalls({
      router,
      replies: this.#replies,
      outlet: this.#outlet,
      maxBufferedBytes,
      limits,
    });
    this.#maxBufferedBytes = maxBufferedBytes;
  }

  /** Starts to serve the connection. */
  open(request: IncomingMessage): void {
    this.#life = this.#keepAlive?.begin(this);
    this.#options.connections?.add(this);
    this.#socket.on("message", (data, isBinary) => this.#receive(data, isBinary));
    this.#socket.on("error", (cause) => void this.#replies.report(cause, UNKNOWN_CALL));
    // Once is all that it comes: `once` would keep two functions and an object more.
    this.#socket.on("close", (code) => this.#close(code));
    this.#begin(request);
  }

  /** What the log calls it; undefined where nobody keeps connections, and once it is closed. */
  get id(): string | undefined {
    return this.#options.connections?.idOf(this);
  }

  get state(): ConnectionState {
    if (this.#refusal !== undefined || this.#socket.readyState !== this.#socket.OPEN) return "closing";
    return this.#waiting === undefined ? "open" : "opening";
  }

  get socket(): CountedSocket {
    return this.#outlet.socket;
  }

  get bufferedBytes(): number {
    return this.#outlet.bufferedBytes;
  }

  get identity(): string | undefined {
    const { context } = this.#replies;
    return context instanceof ConnectionContext ? context.access.name : undefined;
  }

  subscriptions(): SubscriptionStatus[] {
    return this.#calls.status();
  }

  leave(): void {
    this.#replies.text(RECONNECT);
  }

  disconnect(): void {
    this.#outlet.endTurn();
    this.#socket.close(DISCONNECTED_CODE, "DISCONNECTED");
  }

  get isBlocked(): boolean {
    return this.#outlet.bufferedBytes > 0;
  }

  ping(): void {
    this.#replies.text("PING");
  }

  cut(): void {
    this.#socket.terminate();
  }

  // Apart from the listeners: closures of one function share what any of them holds, and the request
  // would live as long as the connection.
  #begin(request: IncomingMessage): void {
    if (!announcesParams(request)) {
      void this.#createContext(request, () => null);
      return;
    }
    const { handshakeMs } = this.#limits;
    const late = setTimeout(() => {
      const { cause } = this.#replies.report(toTRPCError(paramsLate(handshakeMs)), UNKNOWN_CALL);
      this.#showOut(cause);
    }, handshakeMs).unref();
    this.#socket.on("close", () => clearTimeout(late));
    this.#takeParams = (message) => {
      this.#takeParams = undefined;
      clearTimeout(late);
      void this.#createContext(request, () => readParams(message));
    };
  }

  #receive(data: RawData, isBinary: boolean): void {
    this.#life?.seen();
    this.#holdUnread();
    const bytes = bytesOf(data);
    const text = isBinary ? undefined : bytes.toString("utf8");
    if (text === "PONG") return;
    if (text === "PING") {
      if (this.#options.dangerouslyDisablePong !== true) this.#replies.text("PONG");
      return;
    }
    let message: unknown;
    try {
      const encoder = this.#options.experimental_encoder ?? jsonEncoder;
      message = encoder.decode(text ?? bytes);
    } catch (cause) {
      if (this.#takeParams !== undefined) this.#takeParams(undefined);
      else this.#replies.error({ id: null }, new TRPCError({ code: "PARSE_ERROR", cause }), UNKNOWN_CALL);
      return;
    }
    if (this.#takeParams !== undefined) this.#takeParams(message);
    else if (this.#waiting === undefined) this.#dispatch(message);
    else this.#wait(this.#waiting, message, bytes.length);
  }

  /** A client that sends without reading its replies is not read either, until it does. */
  #holdUnread(): void {
    if (this.#outlet.bufferedBytes <= this.#maxBufferedBytes || this.#socket.isPaused) return;
    this.#socket.pause();
    void this.#outlet.drained(this.#maxBufferedBytes).then(() => this.#socket.resume());
  }

  /** What waits for the context is bounded too: past it nothing is read until the context is made. */
  #wait(waiting: unknown[], message: unknown, bytes: number): void {
    waiting.push(message);
    this.#waitingBytes += bytes;
    if (this.#waitingBytes > this.#maxBufferedBytes) this.#socket.pause();
  }

  async #createContext(request: IncomingMessage, params: () => ReturnType<typeof readParams>): Promise<void> {
    const connection = { socket: this.#socket, request, signal: () => this.#signal() };
    try {
      this.#replies.context = await createConnectionContext(this.#options, connection, params());
      this.#options.connections?.opened(this, { request: requestIdOf(request) });
    } catch (cause) {
      this.#refusal = getTRPCErrorFromUnknown(cause);
      this.#replies.error({ id: null }, this.#refusal, UNKNOWN_CALL);
      // What the client has sent meanwhile is on its way, and one without an answer waits for ever.
      if (this.#waiting?.length === 0)
        setTimeout(() => this.#showOut(this.#refusal?.cause), REFUSAL_MS).unref();
    }
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const message of waiting) this.#dispatch(message);
    if (this.#waitingBytes > this.#maxBufferedBytes) this.#socket.resume();
  }

  /** Closes a connection that was refused, once this turn's answers are written. */
  #showOut(cause: unknown): void {
    setImmediate(() => {
      this.#outlet.endTurn();
      if (isRtmsgError(cause)) this.#socket.close(closeCodeOf(cause), cause.code);
      else this.#socket.close();
    });
  }

  #signal(): AbortSignal {
    this.#closed ??= new AbortController();
    if (this.#socket.readyState === this.#socket.CLOSED) this.#closed.abort();
    return this.#closed.signal;
  }

  #dispatch(message: unknown): void {
    if (!Array.isArray(message)) {
      this.#take(message, 0);
      return;
    }
    const calls: readonly unknown[] = message;
    const { maxBatchSize } = this.#options;
    if (typeof maxBatchSize === "number" && calls.length > maxBatchSize) {
      this.#refuseBatch(calls, maxBatchSize);
      return;
    }
    for (const [index, call] of calls.entries()) this.#take(call, index);
  }

  /** Every request of the batch gets the error, so that none waits for ever. */
  #refuseBatch(calls: readonly unknown[], limit: number): void {
    const message = "Batch call exceeds maximum size";
    const error = new TRPCError({ code: "BAD_REQUEST", message, cause: tooManyCalls(limit) });
    const addresses = calls.map(addressOf).filter((address) => address !== undefined);
    this.#replies.refuse(addresses.length > 0 ? addresses : [{ id: null }], error, UNKNOWN_CALL);
  }

  #take(raw: unknown, batchIndex: number): void {
    let message: TRPCClientOutgoingMessage;
    try {
      message = parseTRPCMessage(raw, this.#options.router._def._config.transformer);
    } catch (cause) {
      // Answered under its own id where it has one, so that its sender does not wait for ever.
      const error = new TRPCError({ code: "PARSE_ERROR", cause });
      this.#replies.error(addressOf(raw) ?? { id: null }, error, UNKNOWN_CALL);
      return;
    }
    const { id, jsonrpc } = message;
    if (id === null) {
      const error = new TRPCError({ code: "PARSE_ERROR", message: "`id` is required" });
      this.#replies.error({ id, jsonrpc }, error, UNKNOWN_CALL);
    } else if (message.method === "subscription.stop") this.#calls.stop(id);
    else {
      const call = callOf(message, batchIndex);
      if (this.#refusal === undefined) this.#calls.make(call);
      else {
        this.#replies.error(call.address, this.#refusal, call.info);
        this.#showOut(this.#refusal.cause);
      }
    }
  }

  #close(code: number): void {
    const { context } = this.#replies;
    const produced = context instanceof ConnectionContext ? context.produced : 0;
    this.#options.connections?.remove(this, { code, produced, delivered: this.#calls.delivered });
    if (this.#life !== undefined) this.#keepAlive?.end(this.#life);
    this.#calls.close();
    this.#closed?.abort();
  }
}

function paramsLate(handshakeMs: number): RtmsgError<"INPUT_INVALID"> {
  const message = `The connection params that were announced did not come within ${handshakeMs} ms`;
  return new RtmsgError("INPUT_INVALID", message);
}

/** A message's bytes, whatever the socket's `binaryType` makes of them. */
function bytesOf(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}
