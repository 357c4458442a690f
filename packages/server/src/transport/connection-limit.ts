import type { Socket } from "node:net";
import type { ServerLimits } from "../limits/limits.js";
import { RtmsgError } from "../protocol/error.js";

type ConnectionLimits = Pick<ServerLimits, "connections" | "connectionsPerAddress">;

/** Connections past a limit that are answered why; those beyond are cut. */
export const ANSWERED_SURPLUS = 64;

/** Counts connections, in all and by address, and refuses those past the limits. */
export class ConnectionLimit {
  readonly #limits: ConnectionLimits;
  readonly #onCut: (address: string) => void;
  readonly #addresses = new Map<Socket, string>();
  readonly #byAddress = new Map<string, number>();
  readonly #surplus = new Map<Socket, RtmsgError<"LIMIT_EXCEEDED">>();

  /**
   * @param limits - how many may be
   * @param onCut - told of each that is cut without an answer
   */
  constructor(limits: ConnectionLimits, onCut: (address: string) => void) {
    this.#limits = limits;
    this.#onCut = onCut;
  }

  /**
   * Counts a connection in, until it closes. One that is counted already stays as it is.
   *
   * @returns why it is refused, if it is; it is cut where too many are
   */
  enter(socket: Socket): RtmsgError<"LIMIT_EXCEEDED"> | undefined {
    if (this.#addresses.has(socket)) return undefined;
    const known = this.#surplus.get(socket);
    if (known !== undefined) return known;
    const address = socket.remoteAddress ?? "";
    const refusal = this.#refusal(address);
    if (refusal === undefined) {
      this.#addresses.set(socket, address);
      this.#byAddress.set(address, (this.#byAddress.get(address) ?? 0) + 1);
    } else if (this.#surplus.size < ANSWERED_SURPLUS) this.#surplus.set(socket, refusal);
    else {
      socket.destroy();
      this.#onCut(address);
      return refusal;
    }
    // One function for all: one for each would have to be kept with each.
    socket.on("close", this.#leave);
    return refusal;
  }

  readonly #leave = closeListener((socket) => {
    this.#surplus.delete(socket);
    const address = this.#addresses.get(socket);
    if (address === undefined) return;
    this.#addresses.delete(socket);
    const left = (this.#byAddress.get(address) ?? 1) - 1;
    if (left > 0) this.#byAddress.set(address, left);
    else this.#byAddress.delete(address);
  });

  #refusal(address: string): RtmsgError<"LIMIT_EXCEEDED"> | undefined {
    const { connections, connectionsPerAddress } = this.#limits;
    if (this.#addresses.size >= connections) {
      return tooMany(`The server has ${connections} connections`, "limits.connections", connections);
    }
    if ((this.#byAddress.get(address) ?? 0) < connectionsPerAddress) return undefined;
    const what = `There are ${connectionsPerAddress} connections from ${address}`;
    return tooMany(what, "limits.connectionsPerAddress", connectionsPerAddress);
  }
}

function tooMany(what: string, name: string, limit: number): RtmsgError<"LIMIT_EXCEEDED"> {
  const message = `${what}, as many as may be: close some, try again later, or raise ${name}`;
  return new RtmsgError("LIMIT_EXCEEDED", message, { limit });
}

function closeListener(leave: (socket: Socket) => void): (this: Socket) => void {
  return function (this: Socket): void {
    leave(this);
  };
}
