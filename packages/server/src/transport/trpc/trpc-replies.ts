import type { IncomingMessage } from "node:http";
import {
  getTRPCErrorFromUnknown,
  getTRPCErrorShape,
  transformTRPCResponse,
  type AnyTRPCRouter,
  type TRPCError,
  type TRPCProcedureType,
} from "@trpc/server";
import { TRPC_ERROR_CODES_BY_KEY, type TRPCErrorShape, type TRPCResponseMessage } from "@trpc/server/rpc";
import type { WebSocket } from "ws";
import superjson from "superjson";
import { transformer } from "../../protocol/transformer.js";
import { callOrigin, type CallOrigin } from "../../observe/call-origin.js";
import type { SocketOutlet } from "../live/socket-outlet.js";
import { FrameWriter } from "../live/frame-writer.js";
import { textFrame } from "../live/ws-frame.js";
import type { DirectCall } from "../../router/direct-call.js";
import type { SocketHandlerOptions } from "./socket-handler-options.js";

type AnyConfig = Parameters<typeof transformTRPCResponse>[0];

/** The id of a request, as the client gave it. */
export type RequestId = number | string | null;

/** The call that something is said about. */
export interface CallInfo {
  readonly path?: string | undefined;
  readonly type: TRPCProcedureType | "unknown";
  readonly input?: unknown;
}

/** The connection that is answered, as the log calls it. */
export interface NamedConnection {
  /** Undefined where nobody keeps connections, and once it is closed. */
  readonly id: string | undefined;
}

/** Where a reply goes. */
export interface ReplyAddress {
  readonly id: RequestId;
  readonly jsonrpc?: "2.0" | undefined;
}

/** A message to the client, before it is in the router's format. */
type Message = ReplyAddress & { readonly result?: unknown; readonly error?: TRPCErrorShape };

/** A call of which nothing is known. */
export const UNKNOWN_CALL: CallInfo = { type: "unknown" };

/** What a client gets when its error cannot be formatted: nothing that a formatter would have hidden. */
const FALLBACK_SHAPE: TRPCErrorShape = {
  code: TRPC_ERROR_CODES_BY_KEY.INTERNAL_SERVER_ERROR,
  message: "Internal server error",
  data: { code: "INTERNAL_SERVER_ERROR", httpStatus: 500 },
};

/** An answer as large as that of a batch leaves before the turn ends: its client has more to produce meanwhile. */
const LARGE_REPLY_BYTES = 8_192;
/** About what the answer to a batch of events takes; its frame's header has as many bytes as most. */
const USUAL_REPLY_BYTES = 32_768;

const writer = new FrameWriter();

/** Answers one connection: results and errors, in the router's format. */
export class TrpcReplies {
  readonly #socket: WebSocket;
  readonly #request: IncomingMessage | undefined;
  readonly #outlet: SocketOutlet;
  readonly #connection: NamedConnection;
  readonly #options: SocketHandlerOptions<AnyTRPCRouter>;
  /** Whether replies are JSON in superjson's format, so that events can be written as they are stored. */
  readonly isSuperjson: boolean;
  /** What `createContext` returned, once it has. */
  context: unknown;

  constructor(
    socket: WebSocket,
    request: IncomingMessage,
    outlet: SocketOutlet,
    options: SocketHandlerOptions<AnyTRPCRouter>,
    connection: NamedConnection,
  ) {
    this.#connection = connection;
    this.#socket = socket;
    if (options.keepRequest !== false) this.#request = request;
    this.#outlet = outlet;
    this.#options = options;
    const { output } = options.router._def._config.transformer;
    const isKnown = output === transformer || (output as unknown) === superjson;
    this.isSuperjson = isKnown && options.experimental_encoder === undefined;
  }

  /** Whether the connection takes replies still. */
  get isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  /**
   * Sends a result.
   *
   * @param direct - the procedure, which may know how to write it
   * @throws what its encoding throws
   */
  result(address: ReplyAddress, data: unknown, direct?: DirectCall): void {
    if (!this.isSuperjson) {
      this.#send({ ...address, result: { type: "data", data } });
      return;
    }
    // What tRPC would make of it, without its copies: they cost a third of a produce's reply.
    const tag = address.jsonrpc === undefined ? "" : ',"jsonrpc":"2.0"';
    const lead = `{"id":${JSON.stringify(address.id)}${tag},"result":{"type":"data","data":`;
    if (direct?.writeJson === undefined) {
      this.text(`${lead}${JSON.stringify(transformer.serialize(data))}}}`);
      return;
    }
    writer.begin();
    const start = writer.beginFrame(USUAL_REPLY_BYTES);
    writer.text(`${lead}{"json":`);
    if (!direct.writeJson(data, writer)) {
      this.result(address, data);
      return;
    }
    writer.ascii("}}}");
    writer.endFrame(start, USUAL_REPLY_BYTES);
    if (!this.isOpen) return;
    const frame = writer.copy();
    this.#outlet.write(frame);
    if (frame.length >= LARGE_REPLY_BYTES) this.#outlet.endTurn();
  }

  /**
   * Sends a tracked item of a subscription.
   *
   * @throws what its encoding throws
   */
  tracked(address: ReplyAddress, id: string, data: unknown): void {
    this.#send({ ...address, result: { type: "data", id, data: { id, data } } });
  }

  /** Which call of the connection a log line is about. */
  origin(id: RequestId): CallOrigin {
    return callOrigin(this.#connection.id, id);
  }

  /** Says that a subscription has begun, or has ended. */
  state(address: ReplyAddress, type: "started" | "stopped"): void {
    this.#sendOr({ ...address, result: { type } }, (unsendable) => {
      this.report(unsendable, UNKNOWN_CALL, address.id);
    });
  }

  /** Reports an error to the server, and answers the client with it. */
  error(address: ReplyAddress, cause: unknown, call: CallInfo): void {
    this.refuse([address], cause, call);
  }

  /** Reports an error to the server, and answers all those requests with it. */
  refuse(addresses: readonly ReplyAddress[], cause: unknown, call: CallInfo): void {
    const id = addresses[0]?.id ?? null;
    const shape = this.#shape(this.report(cause, call, id), call, id);
    for (const address of addresses) {
      this.#sendOr({ ...address, error: shape }, (unsendable) => {
        this.report(unsendable, call, address.id);
        // Where not even this can be sent, it has been reported why.
        this.#sendOr({ ...address, error: FALLBACK_SHAPE }, () => undefined);
      });
    }
  }

  /** Reports an error to the server only. An `onError` that fails is no one's business. */
  report(cause: unknown, call: CallInfo, id: RequestId = null): TRPCError {
    const error = getTRPCErrorFromUnknown(cause);
    const { path, type, input } = call;
    this.#options.onFailure?.({ error, path, origin: this.origin(id) });
    // Nobody who did without the request looks at it.
    const req = this.#request as IncomingMessage;
    const info = { error, path, type, input, ctx: this.context as never, req };
    try {
      const reported: unknown = this.#options.onError?.(info);
      if (isThenable(reported)) reported.then(undefined, () => undefined);
    } catch {
      // Where the reporting fails there is nowhere left to report to.
    }
    return error;
  }

  /** Sends a text as it is. */
  text(text: string): void {
    if (this.isOpen) this.#outlet.write(textFrame(text));
  }

  #sendOr(message: Message, fail: (unsendable: unknown) => void): void {
    try {
      this.#send(message);
    } catch (unsendable) {
      fail(unsendable);
    }
  }

  #send(message: Message): void {
    if (!this.isOpen) return;
    const { router, experimental_encoder: encoder } = this.#options;
    const config = router._def._config as AnyConfig;
    const response = transformTRPCResponse(config, message as TRPCResponseMessage);
    if (encoder === undefined) this.#outlet.write(textFrame(JSON.stringify(response)));
    else this.#socket.send(encoder.encode(response));
  }

  #shape(error: TRPCError, { path, type, input }: CallInfo, id: RequestId): TRPCErrorShape {
    try {
      const config = this.#options.router._def._config;
      return getTRPCErrorShape({
        config,
        error,
        type,
        path,
        input,
        ctx: this.context as object,
      }) as TRPCErrorShape;
    } catch (cause) {
      this.report(cause, { path, type, input }, id);
      return FALLBACK_SHAPE;
    }
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
