import { isRtmsgError, PROTOCOL, RtmsgError, type ErrorCode, type ServerInfo } from "@rtmsg/server/protocol";
import { callMessage, decodeFrame, type Answer } from "./frames.js";
import { KeepAlive, type KeepAliveSettings } from "./keep-alive.js";
import { termsOf, type ServerTerms } from "./server-terms.js";

/** A class with the interface of the browsers' `WebSocket`. */
export type SocketClass = typeof WebSocket;

/** What a session needs. */
export interface SessionOptions {
  /** The address of the tRPC socket. */
  readonly url: string;
  readonly Socket: SocketClass;
  readonly keepAlive: KeepAliveSettings;
  /** Says who the client is. */
  readonly token: string | undefined;
  readonly events: SessionEvents;
}

/** What a session tells. After `onRefused` and `onLost`, and after `close`, it tells nothing more. */
export interface SessionEvents {
  /** The server has accepted the connection: calls can be sent. */
  readonly onAccepted: (terms: ServerTerms) => void;
  /** The server does not want this client; trying again would not change that. */
  readonly onRefused: (error: RtmsgError) => void;
  /**
   * The server has answered something.
   *
   * @param bytes - about the size of the frame
   */
  readonly onMessage: (message: Answer, bytes: number) => void;
  /** The server asks for another connection in this one's place. */
  readonly onReconnect: () => void;
  /** The connection is over, or there was none. */
  readonly onLost: (error: RtmsgError) => void;
}

/** How long a connection may take from the start to the server's acceptance. */
const CONNECT_TIMEOUT_MS = 10_000;
/** How long `close` waits for the other side. */
const CLOSE_TIMEOUT_MS = 2_000;
/** The first call, by whose answer the server is known to have accepted; others count from 1. */
const HELLO = { id: 0, path: "server.info" } as const;

/** Refusals that trying again does not change. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set(["PROTOCOL_UNSUPPORTED", "UNAUTHENTICATED", "FORBIDDEN"]);
/** Answers to the first call that mean: not now. Any other is of a server that does not know the call. */
const NOT_NOW: ReadonlySet<ErrorCode> = new Set([
  "SHUTTING_DOWN",
  "UNAVAILABLE",
  "RATE_LIMITED",
  "LIMIT_EXCEEDED",
]);

/** Whether an error says that the server does not want this client. */
export function isRefusal(error: unknown): error is RtmsgError {
  return isRtmsgError(error) && REFUSALS.has(error.code);
}

/**
 * One socket, from its opening to its end. It is open once the server has accepted the connection,
 * which it shows by answering a first call: a socket opens before the server knows who is there.
 */
export class Session {
  readonly #socket: WebSocket;
  readonly #address: string;
  readonly #events: SessionEvents;
  readonly #connectTimer: ReturnType<typeof setTimeout>;
  readonly #closed: Promise<void>;
  #keepAlive: KeepAlive | undefined;
  /** What the server said before it closed. */
  #reason: RtmsgError | undefined;
  #isAccepted = false;
  #isOver = false;

  constructor({ url, Socket, keepAlive, token, events }: SessionOptions) {
    this.#events = events;
    const address = new URL(url);
    address.searchParams.append("connectionParams", "1");
    // Without the query, which may hold a secret.
    this.#address = `${address.origin}${address.pathname}`;
    // Before the timer: where the platform allows no such socket, this throws.
    const socket = new Socket(address.href);
    this.#socket = socket;
    this.#connectTimer = setTimeout(
      () =>
        this.#lose(this.#unavailable(`did not accept the connection within ${CONNECT_TIMEOUT_MS / 1_000} s`)),
      CONNECT_TIMEOUT_MS,
    );
    this.#closed = new Promise((resolve) => socket.addEventListener("close", () => resolve()));
    socket.addEventListener("open", () => this.#opened(keepAlive, token));
    socket.addEventListener("message", ({ data }: MessageEvent<unknown>) => this.#receive(data));
    socket.addEventListener("close", ({ code, reason }) => this.#socketClosed(code, reason));
    socket.addEventListener("error", (event) => this.#socketFailed((event as { error?: unknown }).error));
  }

  /** Sends a frame. */
  send(frame: string): void {
    if (!this.#isOver) this.#socket.send(frame);
  }

  /** Closes the socket. Resolves when it is closed, or does not answer. */
  async close(): Promise<void> {
    this.#end();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const timeout = new Promise<void>((resolve) => (timer = setTimeout(resolve, CLOSE_TIMEOUT_MS)));
    await Promise.race([this.#closed, timeout]);
    clearTimeout(timer);
  }

  #opened(keepAlive: KeepAliveSettings, token: string | undefined): void {
    if (this.#isOver) return;
    this.#keepAlive = new KeepAlive(
      keepAlive,
      () => this.send("PING"),
      () => this.#lose(this.#unavailable("does not answer any more")),
    );
    const data = { protocol: String(PROTOCOL), ...(token !== undefined && { token }) };
    this.send(JSON.stringify({ method: "connectionParams", data }));
    this.send(callMessage(HELLO.id, "query", HELLO.path, undefined));
  }

  #receive(frame: unknown): void {
    if (this.#isOver) return;
    this.#keepAlive?.seen();
    if (frame === "PONG") return;
    if (frame === "PING") {
      this.send("PONG");
      return;
    }
    const message = decodeFrame(frame);
    if (message === undefined) {
      // It may have held an event: only a new connection can make up for it.
      const text = "The server sent a frame that cannot be read";
      this.#lose(new RtmsgError("INTERNAL", text));
    } else if (message.kind === "request") {
      if (message.method === "reconnect") this.#events.onReconnect();
    } else if (message.id === null) {
      if (message.kind === "error") this.#complain(message.error);
    } else if (this.#isAccepted) this.#events.onMessage(message, (frame as string).length);
    else if (message.id === HELLO.id) this.#greeted(message);
  }

  /** An error for the connection as a whole; the server closes it after most. */
  #complain(error: RtmsgError): void {
    if (isRefusal(error)) this.#refuse(error);
    else this.#reason = error;
  }

  #greeted(message: Answer): void {
    if (message.kind === "error" && isRefusal(message.error)) this.#refuse(message.error);
    else if (message.kind === "error" && NOT_NOW.has(message.error.code)) this.#lose(message.error);
    else {
      this.#isAccepted = true;
      clearTimeout(this.#connectTimer);
      const info = message.kind === "result" ? message.result.data : undefined;
      this.#events.onAccepted(termsOf(info as Partial<ServerInfo> | null | undefined));
    }
  }

  #socketFailed(cause: unknown): void {
    if (isRefusal(cause)) this.#refuse(cause);
    else if (isRtmsgError(cause)) this.#lose(cause);
    else {
      const what = cause instanceof Error ? cause.message : "the network failed, or the server refused";
      this.#lose(this.#unavailable(`cannot be reached: ${what}`, cause));
    }
  }

  #socketClosed(code: number, reason: string): void {
    const message = `The server closed the connection (${code}${reason === "" ? "" : ` ${reason}`})`;
    // A server of rtmsg's gives the code of an error as the reason.
    const error = RtmsgError.fromBody({ code: reason, message }) ?? this.#reason;
    if (isRefusal(error)) this.#refuse(error);
    else this.#lose(error ?? this.#unavailable(`has gone: the connection broke (${code})`));
  }

  #unavailable(what: string, cause?: unknown): RtmsgError {
    return new RtmsgError("UNAVAILABLE", `The server at ${this.#address} ${what}`, {}, { cause });
  }

  #refuse(error: RtmsgError): void {
    if (this.#isOver) return;
    this.#end();
    this.#events.onRefused(error);
  }

  #lose(error: RtmsgError): void {
    if (this.#isOver) return;
    this.#end();
    this.#events.onLost(error);
  }

  #end(): void {
    this.#isOver = true;
    clearTimeout(this.#connectTimer);
    this.#keepAlive?.stop();
    this.#socket.close();
  }
}
