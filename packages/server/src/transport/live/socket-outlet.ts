import { Socket } from "node:net";
import type { WebSocket } from "ws";
import type { CountedSocket } from "../../observe/connections.js";
import { drained } from "../stream-drain.js";
import type { Outlet } from "./outlet.js";
import { turn, type TurnWork } from "./turn.js";

/** Chunks up to this size in all are joined: one small copy costs less than a vectored write. */
const JOIN_BYTES = 16_384;

/** Writes to a socket, once a turn. What it is given must be whole frames. */
export class SocketOutlet implements Outlet, TurnWork {
  readonly #socket: Socket;
  readonly #webSocket: WebSocket;
  /** Whether the system has copied what is written once nothing is left of it; other streams may keep it. */
  readonly #copies: boolean;
  liveMembers = 0;
  #first: Buffer | undefined;
  #more: Buffer[] | undefined;
  #queuedBytes = 0;

  /**
   * @param socket - the connection
   * @param webSocket - which speaks over it
   */
  constructor(socket: Socket, webSocket: WebSocket) {
    this.#socket = socket;
    this.#webSocket = webSocket;
    this.#copies = socket instanceof Socket;
  }

  /** What it writes to. */
  get socket(): CountedSocket {
    return this.#socket;
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength + this.#queuedBytes;
  }

  get isClosed(): boolean {
    // Nothing follows a close frame.
    return this.#webSocket.readyState !== this.#webSocket.OPEN || !this.#socket.writable;
  }

  write(bytes: Buffer): void {
    this.#queuedBytes += bytes.length;
    if (this.#first !== undefined) {
      (this.#more ??= []).push(bytes);
      return;
    }
    this.#first = bytes;
    turn.write(this);
  }

  deliver(bytes: Buffer): boolean {
    if (this.#first !== undefined || this.liveMembers > 1) {
      this.write(bytes);
      return false;
    }
    if (this.isClosed) return true;
    const socket = this.#socket;
    socket.write(bytes);
    return this.#copies && socket.writableLength === 0;
  }

  hasRoom(maxBytes: number): boolean {
    return this.bufferedBytes <= Math.max(maxBytes, this.#socket.writableHighWaterMark) || this.isClosed;
  }

  drained(maxBytes: number): Promise<void> {
    if (this.hasRoom(maxBytes)) return Promise.resolve();
    this.endTurn();
    return drained(this.#socket, maxBytes);
  }

  /** Writes what is queued now: before a close frame, which does not wait for the turn to end. */
  endTurn(): void {
    const first = this.#first;
    if (first === undefined) return;
    const more = this.#more;
    const bytes = this.#queuedBytes;
    this.#first = undefined;
    this.#more = undefined;
    this.#queuedBytes = 0;
    if (this.isClosed) return;
    if (more === undefined) {
      this.#socket.write(first);
      return;
    }
    if (bytes <= JOIN_BYTES) {
      this.#socket.write(Buffer.concat([first, ...more], bytes));
      return;
    }
    this.#socket.cork();
    this.#socket.write(first);
    for (const chunk of more) this.#socket.write(chunk);
    this.#socket.uncork();
  }
}
