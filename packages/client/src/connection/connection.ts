import { LIMITS, RtmsgError, type ErrorCode } from "@rtmsg/server/protocol";
import { Backoff, type BackoffSettings } from "./backoff.js";
import type { EncodedInput } from "./encoded-input.js";
import type { Outgoing } from "./outgoing.js";
import { Queue } from "./queue.js";
import { Session, type KeepAliveSettings, type SocketClass } from "./session.js";

/** What a connection needs. */
export interface ConnectionOptions {
  /** The address of the tRPC socket. */
  readonly url: string;
  readonly Socket: SocketClass;
  readonly backoff: BackoffSettings;
  readonly keepAlive: KeepAliveSettings;
}

/** Something that was sent on the current session and has not ended. */
interface Sending {
  readonly input: EncodedInput;
  readonly stop: () => void;
  /** Until then it takes up a part of the window. */
  isAnswered: boolean;
}

/** Most calls that wait for an answer at a time: the server takes 1,000 in one frame. */
const WINDOW_CALLS = 500;
/** Most bytes of them: tRPC's client puts what is sent in one turn into one frame. */
const WINDOW_BYTES = LIMITS.frameBytes / 2;
/** Refusals that trying again does not change. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set(["PROTOCOL_UNSUPPORTED", "UNAUTHENTICATED", "FORBIDDEN"]);

/**
 * The client's connection to the server, over one socket after the other. What is sent leaves in the
 * order of `send`, waits while there is no socket, and is told when the socket that it left on is
 * lost.
 */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #backoff: Backoff;
  /** What is not sent yet. */
  readonly #queue = new Queue<Outgoing>();
  /** What is sent and has not ended, in the order sent. */
  readonly #sendings = new Map<Outgoing, Sending>();
  #windowCalls = 0;
  #windowBytes = 0;
  #session: Session | undefined;
  #reconnectTimer: ReturnType<typeof setTimeout> | undefined;
  /** Why nothing is sent any more. */
  #end: RtmsgError | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#backoff = new Backoff(options.backoff);
    this.#connect();
  }

  /** How long to wait before a new attempt at something that the server refused for the moment. */
  newBackoff(): Backoff {
    return new Backoff(this.#options.backoff);
  }

  /** Sends something, now or when there is a socket. */
  send(outgoing: Outgoing): void {
    if (this.#end !== undefined) {
      outgoing.onError(this.#end);
      return;
    }
    this.#queue.push(outgoing);
    this.#pump();
  }

  /** Stops something that was sent, and has not ended: it is told nothing more. */
  stop(outgoing: Outgoing): void {
    const sending = this.#sendings.get(outgoing);
    if (sending === undefined) {
      this.#queue.delete(outgoing);
      return;
    }
    this.#forget(outgoing, sending);
    sending.stop();
    this.#pump();
  }

  /** Closes the socket for good. Everything that has not ended is told. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const session = this.#session;
    for (const outgoing of this.#shut(new RtmsgError("CLOSED", "The client is closed: make a new one"))) {
      outgoing.onClosed();
    }
    await session?.close();
  }

  /** Ends the connection; returns what has not ended with it. */
  #shut(reason: RtmsgError): readonly Outgoing[] {
    this.#end ??= reason;
    clearTimeout(this.#reconnectTimer);
    this.#session = undefined;
    const open = [...this.#sendings.keys(), ...this.#queue];
    this.#sendings.clear();
    this.#queue.clear();
    return open;
  }

  #connect(): void {
    const { url, Socket, keepAlive } = this.#options;
    this.#session = new Session({
      url,
      Socket,
      keepAlive,
      events: {
        onOpen: () => this.#pump(),
        onAccepted: () => this.#backoff.reset(),
        onRefused: (error) => this.#refused(error),
        onLost: () => this.#lost(),
      },
    });
  }

  #refused(error: RtmsgError): void {
    // Any other refusal may be over soon: the server closes the socket, and there is a next one.
    if (!REFUSALS.has(error.code)) return;
    const session = this.#session;
    for (const outgoing of this.#shut(error)) outgoing.onError(error);
    this.#closing ??= session?.close();
  }

  #lost(): void {
    this.#session = undefined;
    this.#windowCalls = 0;
    this.#windowBytes = 0;
    const sendings = [...this.#sendings];
    this.#sendings.clear();
    const again = sendings.filter(([outgoing, { input }]) => outgoing.onLost(input.isSent));
    this.#queue.unshift(again.map(([outgoing]) => outgoing));
    this.#reconnectTimer = setTimeout(() => this.#connect(), this.#backoff.next());
  }

  /** Sends what is queued, as far as the window allows. */
  #pump(): void {
    const session = this.#session;
    if (session?.isOpen !== true) return;
    while (this.#windowCalls < WINDOW_CALLS) {
      const outgoing = this.#queue.peek();
      if (outgoing === undefined) return;
      const input = outgoing.encode();
      if (this.#windowCalls > 0 && this.#windowBytes + input.bytes > WINDOW_BYTES) return;
      this.#queue.shift();
      this.#start(session, outgoing, input);
    }
  }

  #start(session: Session, outgoing: Outgoing, input: EncodedInput): void {
    this.#windowCalls += 1;
    this.#windowBytes += input.bytes;
    const { kind, path } = outgoing;
    const stop = session.send(
      {
        kind,
        path,
        onStarted: () => this.#answered(sending),
        onData: (data, frameBytes) => {
          if (kind === "subscription") this.#answered(sending);
          else this.#forget(outgoing, sending);
          outgoing.onData(data, frameBytes);
          this.#pump();
        },
        onError: (error) => {
          this.#forget(outgoing, sending);
          outgoing.onError(error);
          this.#pump();
        },
        onStopped: () => {
          this.#forget(outgoing, sending);
          outgoing.onStopped();
          this.#pump();
        },
      },
      input,
    );
    const sending: Sending = { input, stop, isAnswered: false };
    this.#sendings.set(outgoing, sending);
  }

  #forget(outgoing: Outgoing, sending: Sending): void {
    this.#answered(sending);
    this.#sendings.delete(outgoing);
  }

  #answered(sending: Sending): void {
    if (sending.isAnswered) return;
    sending.isAnswered = true;
    this.#windowCalls -= 1;
    this.#windowBytes -= sending.input.bytes;
  }
}
