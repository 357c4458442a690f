import type { RequestListener } from "node:http";
import type { AnyTRPCRouter } from "@trpc/server";
import { createHTTPHandler } from "@trpc/server/adapters/standalone";
import type { Logger } from "../observe/logger.js";
import type { Telemetry } from "../observe/telemetry.js";
import { ERROR_STATUS } from "../protocol/error.js";
import { ConnectionContext } from "../router/connection.js";
import type { Gate } from "../security/gate.js";
import { tokenOf } from "../security/token.js";
import { admitRequest } from "./admit.js";
import { tooLarge } from "./http-body.js";
import { toRtmsgError } from "../router/trpc-error.js";
import { checkProtocol } from "./protocol-version.js";

/** What the tRPC routes over HTTP need. */
export interface TrpcHttpOptions {
  readonly router: AnyTRPCRouter;
  readonly logger: Logger;
  /** Largest body, in bytes. */
  readonly maxFrameBytes: number;
  readonly gate: Gate;
  readonly telemetry: Telemetry;
}

/** Most calls in one request of `httpBatchLink`. */
const MAX_BATCH = 1_000;

/** Serves the router over HTTP below `/trpc`: queries, mutations, and subscriptions as SSE. */
export function trpcHttpHandler(options: TrpcHttpOptions): RequestListener {
  const { router, logger, maxFrameBytes, gate, telemetry } = options;
  return createHTTPHandler({
    router,
    basePath: "/trpc/",
    maxBodySize: maxFrameBytes,
    maxBatchSize: MAX_BATCH,
    createContext: async ({ req, res, info }) => {
      checkProtocol(info.connectionParams);
      const token = tokenOf({ request: req, params: info.connectionParams });
      return new ConnectionContext(await admitRequest(gate, req, res, token));
    },
    responseMeta: ({ errors }) => {
      const [only] = errors;
      // tRPC has no code for some statuses; a single call gets the exact one.
      if (only === undefined || errors.length > 1) return {};
      const { code } = toRtmsgError(only);
      return code === "INPUT_INVALID" ? {} : { status: ERROR_STATUS[code] };
    },
    onError: ({ error, path }) => {
      // tRPC does not say what the limit of a body is; its error is formatted after this.
      if (error.code === "PAYLOAD_TOO_LARGE" && toRtmsgError(error).code === "INPUT_INVALID") {
        Object.assign(error, { cause: tooLarge(maxFrameBytes + 1, maxFrameBytes) });
      }
      const rtmsg = toRtmsgError(error);
      telemetry.refusals.note(rtmsg.code, { transport: "trpc_http", path });
      if (rtmsg.code === "INTERNAL") logger.error({ error: rtmsg.cause, path }, "call failed");
    },
  });
}
