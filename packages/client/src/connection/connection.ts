import { isRtmsgError, LIMITS, RtmsgError } from "@rtmsg/server/protocol";
import { isolate } from "../isolate.js";
import type { Addresses } from "./addresses.js";
import { Backoff, type BackoffSettings } from "./backoff.js";
import { ChangeListeners } from "./change-listeners.js";
import {
  TRANSITIONS,
  type ClientConnection,
  type ConnectionChange,
  type ConnectionInput,
  type ConnectionState,
} from "./connection-state.js";
import { inputTooLarge } from "./encoded-input.js";
import type { KeepAliveSettings } from "./keep-alive.js";
import type { Outgoing } from "./outgoing.js";
import { Queue } from "./queue.js";
import { refreshCall } from "./refresh-call.js";
import { SentCalls } from "./sent-calls.js";
import { USUAL_TERMS } from "./server-terms.js";
import { isRefusal, Session, type SocketClass } from "./session.js";
import type { Token } from "./token.js";
import { TokenKeeper } from "./token-keeper.js";
import { atEndOfTurn } from "./turn.js";

/** What a connection needs. */
export interface ConnectionOptions {
  readonly addresses: Addresses;
  readonly Socket: SocketClass;
  readonly backoff: BackoffSettings;
  readonly keepAlive: KeepAliveSettings;
  readonly token?: Token | undefined;
  /** Whether to connect with the first call only. */
  readonly isLazy?: boolean | undefined;
}

/** How long calls that are under way may hold up a new connection in the old one's place, in ms. */
const RENEW_GRACE_MS = 5_000;
/** Within how long clients that are asked to connect again all at once do so, in ms. */
const RENEW_SPREAD_MS = 5_000;
/** How long a server that goes away may take to close the connection, in ms. */
const GOODBYE_MS = 2_000;
/** About the most bytes of one frame, beyond its first message; less where the server takes less. */
const FRAME_BYTES = LIMITS.frameBytes / 2;

/**
 * The client's connection to the server, over one socket after the other. What is sent leaves in the
 * order of `send`, at the end of the turn; it waits while the connection is not open, and is told
 * when the socket that it left on is lost.
 */
export class Connection implements ClientConnection {
  readonly #options: ConnectionOptions;
  readonly #backoff: Backoff;
  readonly #token: TokenKeeper;
  readonly #listeners = new ChangeListeners();
  /** What is not sent yet. */
  readonly #queue = new Queue<Outgoing>();
  /** What will be sent again some time, and is neither queued nor sent. */
  readonly #resting = new Set<Outgoing>();
  #state: ConnectionState = "idle";
  #error: RtmsgError | undefined;
  /** Of the socket that there is: while connecting, and open. */
  #session: Session | undefined;
  #sent = new SentCalls();
  /** Of the server that accepted a connection last. */
  #terms = USUAL_TERMS;
  /** Counts attempts, by which a token that arrives late is known. */
  #attempt = 0;
  /** The call that gives this session a fresh token. */
  #refresh: Outgoing | undefined;
  /** The wait of `waiting`; or, while open, until this session is to be replaced. */
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** What comes after this session, which takes no more calls. */
  #leaving: "renew" | "lose" | undefined;
  #isPumpDue = false;
  #closing: Promise<void> | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#backoff = new Backoff(options.backoff, options.addresses.count);
    this.#token = new TokenKeeper(options.token, { onFresh: (token) => this.#refreshToken(token) });
    if (options.isLazy !== true) this.#connect();
  }

  get state(): ConnectionState {
    return this.#state;
  }

  get error(): RtmsgError | undefined {
    return this.#error;
  }

  get url(): string {
    return this.#options.addresses.current;
  }

  readonly subscribe = (listener: (change: ConnectionChange) => void): (() => void) =>
    this.#listeners.add(listener);

  /** Largest message that the server takes, as far as that is known, in bytes. */
  get frameBytes(): number {
    return this.#terms.frameBytes;
  }

  /** How long to wait before a new attempt at something that the server refused for the moment. */
  newBackoff(): Backoff {
    return new Backoff(this.#options.backoff);
  }

  /** Sends something, at the end of the turn or when the connection is open. */
  send(outgoing: Outgoing): void {
    this.#resting.delete(outgoing);
    if (this.#state === "closed") {
      outgoing.onError(this.#error ?? closed());
      return;
    }
    this.#queue.push(outgoing);
    if (this.#state === "idle") this.#connect();
    this.#pumpSoon();
  }

  /** Sends some before all that is queued, in their order. */
  sendFirst(outgoings: readonly Outgoing[]): void {
    if (this.#state === "closed") for (const outgoing of outgoings) this.send(outgoing);
    else {
      this.#queue.unshift(outgoings);
      this.#pumpSoon();
    }
  }

  /** Takes what is queued out again, of a kind; in its order. */
  takeBack<O extends Outgoing>(isWanted: (outgoing: Outgoing) => outgoing is O): readonly O[] {
    return this.#queue.takeAll(isWanted);
  }

  /** Notes something that will be sent again some time: it is told when there will be no connection any more. */
  rest(outgoing: Outgoing): void {
    this.#resting.add(outgoing);
  }

  /** Sends what is queued now, and not at the end of the turn. */
  flush(): void {
    this.#pump();
  }

  /** Stops something that was sent, and has not ended: it is told nothing more. */
  stop(outgoing: Outgoing): void {
    this.#resting.delete(outgoing);
    if (!this.#sent.has(outgoing)) {
      this.#queue.delete(outgoing);
      return;
    }
    const message = this.#sent.stop(outgoing);
    if (message !== undefined) this.#session?.send(message);
    this.#settled();
  }

  /** Closes the socket for good. Everything that has not ended is told. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const session = this.#session;
    const open = this.#shut();
    this.#move("close", this.#state === "closed" ? this.#error : closed());
    for (const outgoing of open) isolate(() => outgoing.onClosed());
    await session?.close();
  }

  /** Lets go of the socket and of all that waits, which it returns. */
  #shut(): readonly Outgoing[] {
    this.#leave();
    const open = [...this.#sent.lose(), ...this.#queue, ...this.#resting];
    this.#queue.clear();
    this.#resting.clear();
    return open;
  }

  /** Lets go of the socket. */
  #leave(): void {
    this.#session = undefined;
    this.#attempt += 1;
    this.#leaving = undefined;
    clearTimeout(this.#timer);
    this.#token.stop();
    // The next connection has a token of its own, and this one may have ended by then.
    if (this.#refresh !== undefined) this.#queue.delete(this.#refresh);
    this.#refresh = undefined;
  }

  #move(input: ConnectionInput, error: RtmsgError | undefined): void {
    const previous = this.#state;
    const state = TRANSITIONS[previous][input];
    this.#state = state;
    this.#error = error;
    if (state !== previous) this.#listeners.tell({ state, previous, error });
  }

  #connect(): void {
    this.#move("connect", this.#error);
    void this.#open();
  }

  async #open(): Promise<void> {
    const attempt = ++this.#attempt;
    try {
      const token = await this.#token.fresh();
      if (this.#state === "connecting" && attempt === this.#attempt) this.#session = this.#newSession(token);
    } catch (error) {
      if (this.#state !== "connecting" || attempt !== this.#attempt) return;
      if (isRefusal(error)) this.#refused(error);
      else this.#lost(isRtmsgError(error) ? error : unavailable(error));
    }
  }

  #newSession(token: string | undefined): Session {
    const { addresses, Socket, keepAlive } = this.#options;
    return new Session({
      url: addresses.socket,
      Socket,
      keepAlive,
      token,
      events: {
        onAccepted: (terms) => {
          this.#backoff.reset();
          this.#terms = terms;
          this.#token.watch(token);
          this.#move("accept", undefined);
          this.#pump();
        },
        onMessage: (message, bytes) => {
          isolate(() => {
            if (this.#sent.receive(message, bytes)) this.#retire("lose", GOODBYE_MS);
          });
          this.#settled();
        },
        onReconnect: () => this.#renewSoon(),
        onRefused: (error) => {
          // A live connection's token has ended, and there may be another by now.
          if (this.#state === "open" && error.code === "UNAUTHENTICATED" && this.#token.hasEnded(token))
            this.#lost(error);
          else this.#refused(error);
        },
        onLost: (error) => this.#lost(error),
      },
    });
  }

  #refused(error: RtmsgError): void {
    const open = this.#shut();
    this.#move("refuse", error);
    for (const outgoing of open) isolate(() => void outgoing.onError(error));
  }

  #lost(error: RtmsgError): void {
    this.#leave();
    this.#requeue();
    this.#timer = setTimeout(() => this.#retry(), this.#backoff.next());
    this.#move("lose", error);
  }

  #retry(): void {
    this.#options.addresses.advance();
    this.#move("retry", this.#error);
    void this.#open();
  }

  /** Puts what was sent and has not ended before all that is queued. */
  #requeue(): void {
    const again: Outgoing[] = [];
    for (const outgoing of this.#sent.lose()) isolate(() => void (outgoing.onLost() && again.push(outgoing)));
    this.#sent = new SentCalls();
    this.#queue.unshift(again);
  }

  /** Connects again in a while: every other client is asked to as well. */
  #renewSoon(): void {
    if (this.#state !== "open" || this.#leaving !== undefined) return;
    clearTimeout(this.#timer);
    const spread = Math.min(RENEW_SPREAD_MS, this.#options.backoff.maxMs);
    this.#timer = setTimeout(() => this.#retire("renew", RENEW_GRACE_MS), Math.random() * spread);
  }

  /** Sends nothing more on this session, and leaves it when what is under way is answered. */
  #retire(next: "renew" | "lose", graceMs: number): void {
    if (this.#state !== "open" || this.#leaving !== undefined) return;
    this.#leaving = next;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#replace(next), graceMs);
    this.#settled();
  }

  #replace(next: "renew" | "lose"): void {
    const session = this.#session;
    if (next === "lose") this.#lost(new RtmsgError("SHUTTING_DOWN", "The server is shutting down"));
    else {
      this.#leave();
      this.#requeue();
      this.#options.addresses.advance();
      this.#move("renew", undefined);
      void this.#open();
    }
    void session?.close();
  }

  /** Something has been answered or stopped. */
  #settled(): void {
    if (this.#leaving === "renew" && this.#sent.isIdle) this.#replace("renew");
    else this.#pumpSoon();
  }

  #refreshToken(token: string): void {
    this.#refresh = refreshCall(token, {
      onDone: () => this.#token.watch(token),
      onRefused: (error) => {
        void this.#session?.close();
        this.#refused(error);
      },
      // A server that does not know the call takes the token of a new connection.
      onFailed: () => this.#retire("renew", RENEW_GRACE_MS),
    });
    this.sendFirst([this.#refresh]);
  }

  #pumpSoon(): void {
    if (this.#isPumpDue || this.#queue.size === 0 || this.#state !== "open") return;
    this.#isPumpDue = true;
    atEndOfTurn(() => {
      this.#isPumpDue = false;
      this.#pump();
    });
  }

  /** Sends what is queued, as far as the window allows. */
  #pump(): void {
    const session = this.#session;
    if (session === undefined || this.#state !== "open" || this.#leaving !== undefined) return;
    const { frameBytes, callsPerBatch, requestsPerConnection } = this.#terms;
    const most = Math.min(frameBytes, FRAME_BYTES);
    let messages: string[] = [];
    let bytes = 0;
    const flush = (): void => {
      if (messages.length > 0)
        session.send(messages.length === 1 ? (messages[0] as string) : `[${messages.join(",")}]`);
      messages = [];
      bytes = 0;
    };
    while (this.#sent.hasRoom(requestsPerConnection)) {
      const outgoing = this.#queue.shift();
      if (outgoing === undefined) break;
      const input = outgoing.encode(this.#terms);
      if (input === undefined) continue;
      if (input.bytes > frameBytes) {
        // The server would close the connection over it, and again over each attempt.
        outgoing.onError(inputTooLarge(outgoing.path, input.bytes, frameBytes));
        continue;
      }
      if (bytes + input.bytes > most || messages.length >= callsPerBatch) flush();
      messages.push(this.#sent.start(outgoing, input));
      bytes += input.bytes;
    }
    flush();
  }
}

/** No socket could be made: a content security policy may forbid it, for one. */
function unavailable(cause: unknown): RtmsgError {
  const what = cause instanceof Error ? cause.message : String(cause);
  return new RtmsgError("UNAVAILABLE", `No connection could be opened: ${what}`, {}, { cause });
}

function closed(): RtmsgError {
  return new RtmsgError("CLOSED", "The client is closed: make a new one");
}
