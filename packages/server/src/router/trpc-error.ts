import { TRPCError, type TRPCDefaultErrorShape } from "@trpc/server";
import type { TRPC_ERROR_CODE_KEY } from "@trpc/server";
import type { CallOrigin } from "../observe/call-origin.js";
import { ERROR_STATUS, isRtmsgError, RtmsgError, type ErrorCode } from "../protocol/error.js";
import type { RtmsgErrorShape } from "../topics/app-router.js";

/** tRPC's code for each status; where it has none (410, 507) the nearest one carries it. */
const TRPC_CODES: Readonly<Record<number, TRPC_ERROR_CODE_KEY>> = {
  400: "BAD_REQUEST",
  401: "UNAUTHORIZED",
  403: "FORBIDDEN",
  404: "NOT_FOUND",
  409: "CONFLICT",
  410: "PRECONDITION_FAILED",
  412: "PRECONDITION_FAILED",
  413: "PAYLOAD_TOO_LARGE",
  422: "UNPROCESSABLE_CONTENT",
  429: "TOO_MANY_REQUESTS",
  500: "INTERNAL_SERVER_ERROR",
  503: "SERVICE_UNAVAILABLE",
  507: "SERVICE_UNAVAILABLE",
};

/** tRPC's own refusals that are the caller's mistake. */
const CALLER_MISTAKES: ReadonlySet<string> = new Set<TRPC_ERROR_CODE_KEY>([
  "BAD_REQUEST",
  "PARSE_ERROR",
  "NOT_FOUND",
  "METHOD_NOT_SUPPORTED",
  "UNSUPPORTED_MEDIA_TYPE",
  "UNPROCESSABLE_CONTENT",
]);

/** The rtmsg error that an error stands for; one that nobody foresaw is `INTERNAL`, and keeps it as cause. */
export function toRtmsgError(error: unknown): RtmsgError {
  if (isRtmsgError(error)) return error;
  if (error instanceof TRPCError) {
    if (isRtmsgError(error.cause)) return error.cause;
    if (error.code === "PAYLOAD_TOO_LARGE") {
      return new RtmsgError("INPUT_INVALID", "The request is too large: split it");
    }
    if (CALLER_MISTAKES.has(error.code)) return new RtmsgError("INPUT_INVALID", describeMistake(error));
  }
  return new RtmsgError(
    "INTERNAL",
    "Something went wrong in the server: its log says what",
    {},
    { cause: error },
  );
}

/**
 * An error as it is answered to a call: one that nobody foresaw names the request, by which the log is searched.
 *
 * @param error - what the call failed with
 * @param origin - of the call
 */
export function withRequest(error: RtmsgError, { request }: CallOrigin): RtmsgError {
  if (request === undefined || !isRtmsgError(error, "INTERNAL")) return error;
  const message = `Something went wrong in the server: its log says what, of request ${request}`;
  return new RtmsgError("INTERNAL", message, { request }, { cause: error.cause });
}

/**
 * Makes the answer to a call name its request, where it is an error that nobody foresaw. To be called before the error
 * is formatted.
 *
 * @param error - what the call failed with
 * @param origin - of the call
 * @returns what is answered
 */
export function nameRequest(error: TRPCError, origin: CallOrigin): RtmsgError {
  const answer = withRequest(toRtmsgError(error), origin);
  if (isRtmsgError(answer, "INTERNAL")) Object.assign(error, { cause: answer });
  return answer;
}

function describeMistake(error: TRPCError): string {
  if (error.code !== "PARSE_ERROR") return error.message;
  return `The request cannot be read: ${error.cause?.message ?? error.message}`;
}

/** The tRPC error that carries an error to the caller. */
export function toTRPCError(error: unknown): TRPCError {
  const cause = toRtmsgError(error);
  // tRPC's own refusals keep their code, which its clients know.
  if (error instanceof TRPCError && !(error.cause instanceof RtmsgError) && cause.code !== "INTERNAL") {
    return new TRPCError({ code: error.code, message: cause.message, cause });
  }
  return new TRPCError({ code: trpcCodeOf(cause.code), message: cause.message, cause });
}

function trpcCodeOf(code: ErrorCode): TRPC_ERROR_CODE_KEY {
  return TRPC_CODES[ERROR_STATUS[code]] ?? "INTERNAL_SERVER_ERROR";
}

/**
 * tRPC's error formatter for rtmsg: `data.rtmsg` holds the stable code and its details, and nothing
 * tells of the server's inside. Give it to `initTRPC` when the router is merged into an app of yours.
 */
export function formatError(options: {
  readonly error: TRPCError;
  readonly shape: TRPCDefaultErrorShape;
}): RtmsgErrorShape {
  const { error, shape } = options;
  const rtmsg = toRtmsgError(error);
  const { message: _, ...body } = rtmsg.toJSON();
  const { stack: __, ...data } = shape.data;
  return { ...shape, message: rtmsg.message, data: { ...data, rtmsg: { ...body, code: rtmsg.code } } };
}
