import type { IncomingMessage } from "node:http";
import { callTRPCProcedure, TRPCError, type AnyTRPCRouter, type TRPCProcedureType } from "@trpc/server";
import { parseTRPCMessage, type TRPCClientOutgoingMessage } from "@trpc/server/rpc";
import { jsonEncoder } from "@trpc/server/adapters/ws";
import type { RawData, WebSocket } from "ws";
import { directCallOf, type DirectCall } from "../../router/direct-call.js";
import { asAttachable } from "../../router/tracked-subscription.js";
import { toTRPCError } from "../../router/trpc-error.js";
import { Attachment } from "../live/attachment.js";
import { SocketOutlet } from "../live/socket-outlet.js";
import { trpcEncoding } from "../live/trpc-encoding.js";
import { announcesParams, createConnectionContext, readParams } from "./connection-context.js";
import { isSubscribable, iterateSubscription } from "./iterated-subscription.js";
import { KeepAlive } from "./keep-alive.js";
import {
  TrpcReplies,
  UNKNOWN_CALL,
  type CallInfo,
  type ReplyAddress,
  type RequestId,
} from "./trpc-replies.js";
import type { SocketHandlerOptions } from "./socket-handler-options.js";

/** Bytes that a connection may hold unsent, where an option does not say. */
const MAX_BUFFERED_BYTES = 1_048_576;

type CallMessage = Extract<TRPCClientOutgoingMessage, { params: unknown }>;

/** A call, ready to be made. */
interface Call {
  readonly address: ReplyAddress & { readonly id: RequestId };
  readonly info: CallInfo & { readonly path: string; readonly type: TRPCProcedureType };
  readonly batchIndex: number;
}

/** What ends a subscription from outside. */
interface Running {
  stop(): void;
}

/** One connection that speaks tRPC's WebSocket protocol. */
export class TrpcConnection {
  readonly #socket: WebSocket;
  readonly #options: SocketHandlerOptions<AnyTRPCRouter>;
  readonly #outlet: SocketOutlet;
  readonly #replies: TrpcReplies;
  readonly #maxBufferedBytes: number;
  readonly #subscriptions = new Map<RequestId, Running>();
  /** Aborted when the connection closes; made when a context asks for it. */
  #closed: AbortController | undefined;
  /** Messages that came before the context was made, in their order; undefined once it is. */
  #waiting: (() => void)[] | undefined = [];
  /** Takes the first message, of a client that announced connection params. */
  #takeParams: ((message: unknown) => void) | undefined;
  /** Why there is no context. */
  #refusal: TRPCError | undefined;
  #keepAlive: KeepAlive | undefined;

  constructor(socket: WebSocket, request: IncomingMessage, options: SocketHandlerOptions<AnyTRPCRouter>) {
    this.#socket = socket;
    this.#options = options;
    this.#outlet = new SocketOutlet(request.socket);
    this.#replies = new TrpcReplies(socket, request, this.#outlet, options);
    this.#maxBufferedBytes = options.maxBufferedBytes ?? MAX_BUFFERED_BYTES;
  }

  /** Starts to serve the connection. */
  open(request: IncomingMessage): void {
    const { keepAlive } = this.#options;
    if (keepAlive?.enabled === true) {
      this.#keepAlive = new KeepAlive(this.#socket, () => this.#replies.text("PING"), keepAlive);
    }
    this.#socket.on("message", (data, isBinary) => this.#receive(data, isBinary));
    this.#socket.on("error", (cause) => void this.#replies.report(cause, UNKNOWN_CALL));
    this.#socket.once("close", () => this.#close());
    this.#begin(request);
  }

  // Apart from the listeners: closures of one function share what any of them holds, and the request
  // would live as long as the connection.
  #begin(request: IncomingMessage): void {
    if (!announcesParams(request)) {
      void this.#createContext(request, () => null);
      return;
    }
    this.#takeParams = (message) => {
      this.#takeParams = undefined;
      void this.#createContext(request, () => readParams(message));
    };
  }

  #receive(data: RawData, isBinary: boolean): void {
    this.#keepAlive?.seen();
    const text = isBinary ? undefined : (data as Buffer).toString("utf8");
    if (text === "PONG") return;
    if (text === "PING") {
      if (this.#options.dangerouslyDisablePong !== true) this.#replies.text("PONG");
      return;
    }
    this.#holdUnread();
    let message: unknown;
    try {
      const encoder = this.#options.experimental_encoder ?? jsonEncoder;
      message = encoder.decode(text ?? new Uint8Array(data as Buffer));
    } catch (cause) {
      if (this.#takeParams !== undefined) this.#takeParams(undefined);
      else this.#replies.error({ id: null }, new TRPCError({ code: "PARSE_ERROR", cause }), UNKNOWN_CALL);
      return;
    }
    if (this.#takeParams !== undefined) this.#takeParams(message);
    else if (this.#waiting === undefined) this.#dispatch(message);
    else this.#waiting.push(() => this.#dispatch(message));
  }

  /** A client that sends without reading its replies is not read either, until it does. */
  #holdUnread(): void {
    if (this.#outlet.bufferedBytes <= this.#maxBufferedBytes || this.#socket.isPaused) return;
    this.#socket.pause();
    void this.#outlet.drained(this.#maxBufferedBytes).then(() => this.#socket.resume());
  }

  async #createContext(request: IncomingMessage, params: () => ReturnType<typeof readParams>): Promise<void> {
    const signal = (): AbortSignal => (this.#closed ??= new AbortController()).signal;
    const connection = { socket: this.#socket, request, signal };
    try {
      this.#replies.context = await createConnectionContext(this.#options, connection, params());
    } catch (cause) {
      this.#replies.error({ id: null }, cause, UNKNOWN_CALL);
      this.#refusal = toTRPCErrorOf(cause);
      setImmediate(() => {
        this.#outlet.endTurn();
        this.#socket.close();
      });
    }
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const dispatch of waiting) dispatch();
  }

  #dispatch(message: unknown): void {
    if (!Array.isArray(message)) {
      this.#take(message, 0);
      return;
    }
    const calls: readonly unknown[] = message;
    const { maxBatchSize } = this.#options;
    if (typeof maxBatchSize === "number" && calls.length > maxBatchSize) {
      this.#refuseBatch(calls);
      return;
    }
    for (const [index, call] of calls.entries()) this.#take(call, index);
  }

  /** Every request of the batch gets the error, so that none waits for ever. */
  #refuseBatch(calls: readonly unknown[]): void {
    const error = new TRPCError({ code: "BAD_REQUEST", message: "Batch call exceeds maximum size" });
    const addresses = calls.map(addressOf).filter((address) => address !== undefined);
    for (const address of addresses.length > 0 ? addresses : [{ id: null }]) {
      this.#replies.error(address, error, UNKNOWN_CALL);
    }
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
    } else if (message.method === "subscription.stop") this.#subscriptions.get(id)?.stop();
    else this.#make(callOf(message, batchIndex));
  }

  #make(call: Call): void {
    const { address, info } = call;
    if (this.#refusal !== undefined) {
      this.#replies.error(address, this.#refusal, info);
      return;
    }
    const direct = this.#directCall(info);
    if (info.type !== "subscription") {
      const result =
        direct === undefined ? this.#callProcedure(call) : promised(direct, info, this.#replies.context);
      this.#answer(call, result);
      return;
    }
    if (this.#subscriptions.has(address.id)) {
      const error = new TRPCError({ code: "BAD_REQUEST", message: `Duplicate id ${address.id}` });
      this.#replies.error(address, error, info);
    } else if (direct === undefined) void this.#iterate(call);
    else this.#subscribe(call, direct);
  }

  #directCall({ path, type }: Call["info"]): DirectCall | undefined {
    // Without our own format of replies the procedure is called as tRPC calls it.
    if (!this.#replies.isSuperjson) return undefined;
    const procedures = this.#options.router._def.procedures as Readonly<Record<string, unknown>>;
    const procedure = Object.hasOwn(procedures, path) ? procedures[path] : undefined;
    const direct = directCallOf(procedure);
    return direct !== undefined && typeOf(procedure) === type ? direct : undefined;
  }

  #callProcedure({ info, batchIndex }: Call, signal = new AbortController().signal): Promise<unknown> {
    const { path, type, input } = info;
    return callTRPCProcedure({
      router: this.#options.router,
      path,
      getRawInput: () => Promise.resolve(input),
      ctx: this.#replies.context,
      type,
      signal,
      batchIndex,
    });
  }

  #answer({ address, info }: Call, result: Promise<unknown>): void {
    result.then(
      (data) => {
        if (!isSubscribable(data)) {
          this.#reply(address, info, data);
          return;
        }
        const message = `Cannot return an async iterable or observable from a ${info.type} procedure with WebSockets`;
        this.#replies.error(address, new TRPCError({ code: "UNSUPPORTED_MEDIA_TYPE", message }), info);
      },
      (cause: unknown) => this.#replies.error(address, cause, info),
    );
  }

  #reply(address: ReplyAddress, info: CallInfo, data: unknown): void {
    try {
      this.#replies.result(address, data);
    } catch (cause) {
      // A result that cannot be encoded.
      this.#replies.error(address, cause, info);
    }
  }

  /** A subscription of rtmsg: attached to the connection. */
  #subscribe({ address, info }: Call, direct: DirectCall): void {
    let attachable: ReturnType<typeof asAttachable>;
    try {
      attachable = asAttachable(direct(info.input, this.#replies.context));
    } catch (cause) {
      this.#replies.error(address, toTRPCError(cause), info);
      return;
    }
    if (attachable === undefined) return;
    const { subscription, isBatch } = attachable;
    this.#replies.state(address, "started");
    const attachment = new Attachment({
      subscription,
      outlet: this.#outlet,
      encoding: trpcEncoding(isBatch, address.jsonrpc !== undefined),
      id: Buffer.from(JSON.stringify(address.id)),
      maxBufferedBytes: this.#maxBufferedBytes,
      onEnd: (error) => {
        this.#subscriptions.delete(address.id);
        if (error === undefined) this.#replies.state(address, "stopped");
        else this.#replies.error(address, toTRPCError(error), info);
      },
    });
    this.#subscriptions.set(address.id, attachment);
    attachment.start();
  }

  /** Any other subscription: iterated. */
  async #iterate(call: Call): Promise<void> {
    const { address, info } = call;
    const controller = new AbortController();
    const { signal } = controller;
    this.#subscriptions.set(address.id, { stop: () => controller.abort() });
    try {
      const result = await this.#callProcedure(call, signal);
      await iterateSubscription(result, {
        replies: this.#replies,
        outlet: this.#outlet,
        address,
        call: info,
        controller,
        maxBufferedBytes: this.#maxBufferedBytes,
      });
    } catch (cause) {
      this.#subscriptions.delete(address.id);
      if (signal.aborted && isAbortOf(cause)) this.#replies.state(address, "stopped");
      else this.#replies.error(address, cause, info);
      return;
    }
    this.#subscriptions.delete(address.id);
    this.#replies.state(address, "stopped");
  }

  #close(): void {
    this.#waiting = undefined;
    for (const running of this.#subscriptions.values()) running.stop();
    this.#subscriptions.clear();
    this.#closed?.abort();
  }
}

/** Calls directly; what is thrown becomes a rejection, as tRPC's own error. */
async function promised(direct: DirectCall, { input }: CallInfo, context: unknown): Promise<unknown> {
  try {
    return await direct(input, context);
  } catch (cause) {
    throw toTRPCError(cause);
  }
}

function callOf(message: CallMessage, batchIndex: number): Call {
  const { id, jsonrpc, method, params } = message;
  const { path, lastEventId } = params;
  const input = lastEventId === undefined ? params.input : withLastEventId(params.input, lastEventId);
  return {
    address: { id, ...(jsonrpc !== undefined && { jsonrpc }) },
    info: { path, type: method, input },
    batchIndex,
  };
}

/** tRPC's clients send where they were beside the input; procedures find it in the input. */
function withLastEventId(input: unknown, lastEventId: string): unknown {
  if (typeof input === "object" && input !== null && !Array.isArray(input)) return { ...input, lastEventId };
  return input ?? { lastEventId };
}

/** Where the sender of a message waits for an answer; nowhere for a stop, or what has no id. */
function addressOf(raw: unknown): ReplyAddress | undefined {
  if (typeof raw !== "object" || raw === null) return undefined;
  const { id, jsonrpc, method } = raw as Record<string, unknown>;
  if ((typeof id !== "number" && typeof id !== "string") || method === "subscription.stop") return undefined;
  return jsonrpc === "2.0" ? { id, jsonrpc } : { id };
}

function typeOf(procedure: unknown): unknown {
  return (procedure as { _def?: { type?: unknown } })._def?.type;
}

function toTRPCErrorOf(cause: unknown): TRPCError {
  return cause instanceof TRPCError ? cause : toTRPCError(cause);
}

function isAbortOf(cause: unknown): boolean {
  const reason: unknown = cause instanceof TRPCError ? cause.cause : cause;
  return reason instanceof Error && reason.name === "AbortError";
}
