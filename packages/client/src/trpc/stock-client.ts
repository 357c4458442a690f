import type { RtmsgError } from "@rtmsg/server/protocol";
import type { AppRouter, TopicTypes } from "@rtmsg/server/topics";
import { createTRPCClient, type TRPCClient, type TRPCLink } from "@trpc/client";
import { observable } from "@trpc/server/observable";
import type { Connection } from "../connection/connection.js";
import { clientError, LinkCall } from "./link-call.js";

/**
 * The stock tRPC client on the SDK's connection: one socket for both.
 *
 * @param connection - where its calls go
 */
export function stockClient<M extends TopicTypes>(connection: Connection): TRPCClient<AppRouter<M>> {
  const link: TRPCLink<AppRouter<M>> =
    () =>
    ({ op }) =>
      observable((observer) => {
        const call = new LinkCall(op, observer as never);
        const { signal } = op;
        const abort = (): void => {
          connection.stop(call);
          call.onAborted(signal?.reason);
        };
        try {
          // Sending is too late to find out that the input cannot be sent.
          call.encode();
        } catch (error) {
          observer.error(clientError(error as RtmsgError) as never);
          return undefined;
        }
        if (signal?.aborted === true) {
          abort();
          return undefined;
        }
        signal?.addEventListener("abort", abort, { once: true });
        connection.send(call);
        return () => {
          signal?.removeEventListener("abort", abort);
          connection.stop(call);
        };
      });
  return createTRPCClient<AppRouter<M>>({ links: [link] });
}
