import type { AnyTRPCRouter, TRPCError } from "@trpc/server";
import type { WSSHandlerOptions } from "@trpc/server/adapters/ws";
import type { LimitOptions, ServerLimits } from "../../limits/limits.js";
import type { CallOrigin } from "../../observe/call-origin.js";
import type { Connections } from "../../observe/connections.js";

/** What failed, and which call it was. */
interface CallFailure {
  readonly error: TRPCError;
  readonly path: string | undefined;
  readonly origin: CallOrigin;
}

/** What our handler takes beyond tRPC's own options. */
interface LiveOptions {
  /**
   * Bytes that a connection may hold unsent. Past it a subscription of rtmsg is served from the log,
   * another one is not iterated, and a client that does not read its replies is not read either.
   * @default 1_048_576
   */
  readonly maxBufferedBytes?: number | undefined;
  /**
   * Whether a connection keeps its upgrade request (about 3 KB), to hand it to `onError`. Without, `req`
   * is there for `createContext` only.
   * @default true
   */
  readonly keepRequest?: boolean | undefined;
  /**
   * Where connections are kept while they are open.
   * @internal
   */
  readonly connections?: Connections | undefined;
  /**
   * Is told what `onError` is told, before it, and which call it was.
   * @internal
   */
  readonly onFailure?: ((failure: CallFailure) => void) | undefined;
  /** How much one connection may ask for at a time, and how long its connection params may take. */
  readonly limits?: LimitOptions<ConnectionLimits> | undefined;
}

/** The limits of one connection. */
export type ConnectionLimits = Pick<
  ServerLimits,
  "subscriptionsPerConnection" | "requestsPerConnection" | "handshakeMs"
>;

/** The options of our `applyWSSHandler`: tRPC's own, and ours. */
export type SocketHandlerOptions<TRouter extends AnyTRPCRouter> = WSSHandlerOptions<TRouter> & LiveOptions;
