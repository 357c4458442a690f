import type { RequestListener } from "node:http";
import type { AnyTRPCRouter } from "@trpc/server";
import { createHTTPHandler } from "@trpc/server/adapters/standalone";
import { termsOf, type ServerLimits } from "../limits/limits.js";
import { requestIdOf } from "../observe/request-id.js";
import type { Telemetry } from "../observe/telemetry.js";
import type { ConnectionTerms } from "../protocol/server-info.js";
import { ERROR_STATUS } from "../protocol/error.js";
import { ConnectionContext } from "../router/connection.js";
import type { Subscription } from "../broker/subscription.js";
import type { Access } from "../security/access.js";
import type { Gate } from "../security/gate.js";
import { tokenOf } from "../security/token.js";
import { admitRequest } from "./admit.js";
import { tooLarge } from "./http-body.js";
import { tooManyCalls } from "./request-limits.js";
import { nameRequest, toRtmsgError } from "../router/trpc-error.js";
import { observedRequestOf, type ObservedRequest } from "./observed-request.js";
import { refusedRequest } from "./refused-request.js";
import { checkProtocol } from "./protocol-version.js";

/** What the tRPC routes over HTTP need. */
export interface TrpcHttpOptions {
  readonly router: AnyTRPCRouter;
  readonly limits: ServerLimits;
  readonly gate: Gate;
  readonly telemetry: Telemetry;
}

/** What a request's context is made of. */
interface RequestParts {
  readonly limits: ServerLimits;
  readonly observed: ObservedRequest | undefined;
}

/** What the procedures are told of a request. */
class RequestContext extends ConnectionContext {
  readonly #observed: ObservedRequest | undefined;
  readonly #limits: ServerLimits;

  constructor(access: Access, request: string, { limits, observed }: RequestParts) {
    super(access, "trpc_http", { request });
    observed?.admitted(access);
    this.#observed = observed;
    this.#limits = limits;
  }

  override get terms(): ConnectionTerms {
    return termsOf(this.#limits);
  }

  override subscribed(subscription: Subscription): void {
    this.#observed?.subscribed(subscription);
  }
}

/** How tRPC refuses a batch of too many calls. */
const LONG_BATCH = "Batch call exceeds maximum size";

/** Serves the router over HTTP below `/trpc`: queries, mutations, and subscriptions as SSE. */
export function trpcHttpHandler(options: TrpcHttpOptions): RequestListener {
  const { router, limits, gate, telemetry } = options;
  const { frameBytes, callsPerBatch } = limits;
  return createHTTPHandler({
    router,
    basePath: "/trpc/",
    maxBodySize: frameBytes,
    maxBatchSize: callsPerBatch,
    createContext: async ({ req, res, info }) => {
      checkProtocol(info.connectionParams);
      const token = tokenOf({ request: req, params: info.connectionParams });
      const access = await admitRequest(gate, req, res, token);
      return new RequestContext(access, requestIdOf(req), { limits, observed: observedRequestOf(res) });
    },
    responseMeta: ({ errors }) => {
      const [only] = errors;
      // tRPC has no code for some statuses; a single call gets the exact one.
      if (only === undefined || errors.length > 1) return {};
      const { code } = toRtmsgError(only);
      return code === "INPUT_INVALID" ? {} : { status: ERROR_STATUS[code] };
    },
    onError: ({ error, path, req }) => {
      // tRPC does not say what its limits are; its error is formatted after this.
      if (toRtmsgError(error).code === "INPUT_INVALID") {
        const { code, message } = error;
        if (code === "PAYLOAD_TOO_LARGE") {
          Object.assign(error, { cause: tooLarge(frameBytes + 1, frameBytes) });
        } else if (code === "BAD_REQUEST" && message === LONG_BATCH) {
          Object.assign(error, { cause: tooManyCalls(callsPerBatch) });
        }
      }
      const refused = refusedRequest(req, "trpc_http", path ?? "");
      telemetry.refusals.note(nameRequest(error, refused), { ...refused, path });
    },
  });
}
