import type { RtmsgError } from "@rtmsg/server/protocol";
import { createWSClient, type TRPCWebSocketClient } from "@trpc/client";
import type { EncodedInput } from "./encoded-input.js";
import { decodeFrame, encodeFrame, type Result } from "./frames.js";
import type { Outgoing } from "./outgoing.js";

/** What a session tells of something that it has sent. */
export interface Answered extends Pick<Outgoing, "kind" | "path" | "onData" | "onError" | "onStopped"> {
  /** The server runs the subscription. */
  onStarted(): void;
}

/** What the session makes of an error, for tRPC's client to carry. */
interface ErrorData {
  readonly rtmsg: RtmsgError;
}

/** A class with the interface of the browsers' `WebSocket`. */
export type SocketClass = typeof WebSocket;

/** How a quiet connection is watched. */
export interface KeepAliveOptions {
  /**
   * How long the connection may be quiet before a ping, in ms.
   * @default 30_000
   */
  readonly intervalMs?: number | undefined;
  /**
   * How long a ping may be unanswered before the connection is given up, in ms.
   * @default 5_000
   */
  readonly pongTimeoutMs?: number | undefined;
}

/** The options, filled in. */
export type KeepAliveSettings = Readonly<Record<keyof KeepAliveOptions, number>>;

/** The defaults of {@link KeepAliveOptions}. */
export const KEEP_ALIVE_DEFAULTS: KeepAliveSettings = { intervalMs: 30_000, pongTimeoutMs: 5_000 };

/** What a session needs. */
export interface SessionOptions {
  /** The address of the tRPC socket. */
  readonly url: string;
  readonly Socket: SocketClass;
  readonly keepAlive: KeepAliveSettings;
  readonly events: SessionEvents;
}

/** What a session tells. */
export interface SessionEvents {
  /** The socket is open. */
  readonly onOpen: () => void;
  /** The server has answered something: it has accepted the connection. */
  readonly onAccepted: () => void;
  /** The server has an error for the connection as a whole, and closes it. */
  readonly onRefused: (error: RtmsgError) => void;
  /** The connection is over, and was not closed from here. Told once. */
  readonly onLost: () => void;
}

/** The version of the wire's protocol that this client speaks. */
const PROTOCOL = "1";
const CONNECT_TIMEOUT_MS = 10_000;
/** How long `close` waits for the other side. */
const CLOSE_TIMEOUT_MS = 2_000;

/** Identity: what is sent is encoded, and what is received is deserialized, by `frames.ts`. */
const AS_IT_IS = { serialize: (value: unknown): unknown => value, deserialize: (value: unknown) => value };
/** No call has this id. */
const NO_ID = 0;

/**
 * One socket, from its opening to its end, with tRPC's own client on it. That client's ways to
 * reconnect are not used: it repeats what it sent last, and when is not to be told. What comes after
 * a loss is the connection's decision.
 */
export class Session {
  readonly #events: SessionEvents;
  readonly #client: TRPCWebSocketClient;
  readonly #connectTimer: ReturnType<typeof setTimeout>;
  readonly #closed: Promise<void>;
  #socket: WebSocket | undefined;
  #frameBytes = 0;
  #isOpen = false;
  #isOver = false;

  constructor({ url, Socket, keepAlive, events }: SessionOptions) {
    this.#events = events;
    let adopt: (socket: WebSocket) => void;
    this.#closed = new Promise((resolve) => {
      adopt = (socket) => {
        this.#socket = socket;
        socket.addEventListener("close", () => resolve());
        if (this.#isOver) socket.close();
      };
    });
    this.#client = createWSClient({
      url,
      connectionParams: { protocol: PROTOCOL },
      WebSocket: class extends Socket {
        constructor(address: string | URL) {
          super(address);
          adopt(this);
        }
      },
      keepAlive: { enabled: true, ...keepAlive },
      experimental_encoder: { encode: encodeFrame, decode: (frame) => this.#receive(frame) },
      onOpen: () => this.#opened(),
      onClose: () => this.#lose(),
      onError: () => this.#lose(),
    });
    this.#connectTimer = setTimeout(() => this.#lose(), CONNECT_TIMEOUT_MS);
  }

  /** Whether calls can be sent. */
  get isOpen(): boolean {
    return this.#isOpen && !this.#isOver;
  }

  /**
   * Sends a call or subscription, with others of the same turn in one frame.
   *
   * @param outgoing - what to tell of the answers; of a loss the session tells nothing here
   * @param input - its input
   * @returns a function that stops it
   */
  send(outgoing: Answered, input: EncodedInput): () => void {
    const { kind, path } = outgoing;
    const request = this.#client.request({
      op: { id: NO_ID, type: kind, path, input, signal: undefined },
      transformer: { input: AS_IT_IS, output: AS_IT_IS },
    });
    const subscription = request.subscribe({
      next: ({ result }) => {
        if (this.#isOver) return;
        const { type, data } = result as Result;
        if (type === "data") outgoing.onData(data, this.#frameBytes);
        else if (type === "stopped") outgoing.onStopped();
        else outgoing.onStarted();
      },
      error: ({ data }) => {
        // Without data it is tRPC's word for a loss, which is told to the connection as a whole.
        const error = (data as ErrorData | undefined)?.rtmsg;
        if (error !== undefined && !this.#isOver) outgoing.onError(error);
      },
    });
    return () => subscription.unsubscribe();
  }

  /** Closes the socket. Resolves when it is closed, or does not answer. */
  async close(): Promise<void> {
    this.#end();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const timeout = new Promise<void>((resolve) => (timer = setTimeout(resolve, CLOSE_TIMEOUT_MS)));
    await Promise.race([this.#closed, timeout]);
    clearTimeout(timer);
  }

  #opened(): void {
    clearTimeout(this.#connectTimer);
    if (this.#isOver) return;
    this.#isOpen = true;
    this.#events.onOpen();
  }

  /** Reads a frame for tRPC's client. */
  #receive(frame: unknown): unknown {
    this.#frameBytes = typeof frame === "string" ? frame.length : 0;
    const message = decodeFrame(frame);
    if (message === undefined) {
      // It may have held an event: only a new connection can make up for it.
      this.#lose();
    } else if (message.kind === "result") {
      if (!this.#isOver) this.#events.onAccepted();
      return message;
    } else if (message.kind === "error") {
      const { id, error } = message;
      if (id === null && !this.#isOver) this.#events.onRefused(error);
      const data: ErrorData = { rtmsg: error };
      // tRPC's client takes only an error with a code of its own.
      return { id, error: { code: -32_000, message: error.message, data } };
    }
    // Requests are not followed: a server that goes away closes the socket.
    return { id: NO_ID, result: { type: "data" } };
  }

  #lose(): void {
    if (this.#isOver) return;
    this.#end();
    this.#events.onLost();
  }

  #end(): void {
    this.#isOver = true;
    clearTimeout(this.#connectTimer);
    this.#socket?.close();
    // Without this it would connect again. It waits for calls that are not told any more.
    void this.#client.close();
  }
}
