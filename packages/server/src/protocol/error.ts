/**
 * Every error code with the HTTP status that it travels under. The list is closed: clients may
 * switch over it. The last four never leave the client.
 *
 * @example
 * ```ts
 * console.log(ERROR_STATUS.GAP); // 410
 * ```
 */
export const ERROR_STATUS = {
  INPUT_INVALID: 400,
  TOPIC_INVALID: 400,
  CURSOR_INVALID: 400,
  PROTOCOL_UNSUPPORTED: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  TOPIC_UNKNOWN: 404,
  EVENT_ID_CONFLICT: 409,
  GAP: 410,
  OFFSET_MISMATCH: 412,
  EVENT_TOO_LARGE: 413,
  DATA_INVALID: 422,
  RATE_LIMITED: 429,
  LIMIT_EXCEEDED: 429,
  STORAGE_FAILED: 500,
  INTERNAL: 500,
  UNAVAILABLE: 503,
  SHUTTING_DOWN: 503,
  STORAGE_FULL: 507,
  OUTCOME_UNKNOWN: 0,
  QUEUE_FULL: 0,
  CLOSED: 0,
  TIMEOUT: 0,
} as const;

/**
 * A stable error code; see `docs/errors.md` for what each means and what to do.
 *
 * @example
 * ```ts
 * const isWorthARetry = (code: ErrorCode): boolean => code === "TIMEOUT" || code === "UNAVAILABLE";
 * ```
 */
export type ErrorCode = keyof typeof ERROR_STATUS;

/**
 * One fault that a schema found in an event's data.
 *
 * @example
 * ```ts
 * if (isRtmsgError(error, "DATA_INVALID")) {
 *   for (const issue of error.details.issues ?? []) console.log(issue.path.join("."), issue.message);
 * }
 * ```
 */
export interface DataIssue {
  /** What is wrong, in the schema library's words. */
  readonly message: string;
  /** Where, from the data's root: property names and array indexes. */
  readonly path: readonly (string | number)[];
}

/**
 * What an error of a code carries besides its message.
 *
 * @example
 * ```ts
 * const report = (gap: ErrorDetails["GAP"]): void => console.log(gap.requested, gap.earliest);
 * ```
 */
export interface ErrorDetails {
  readonly INPUT_INVALID: { readonly issues?: readonly DataIssue[] };
  readonly DATA_INVALID: { readonly issues?: readonly DataIssue[] };
  readonly FORBIDDEN: { readonly action: string; readonly topic?: string };
  readonly GAP: GapDetails;
  readonly OFFSET_MISMATCH: { readonly actual: number };
  readonly EVENT_TOO_LARGE: { readonly limit: number };
  readonly RATE_LIMITED: { readonly retryAfterMs: number };
  readonly LIMIT_EXCEEDED: { readonly limit: number };
  readonly INTERNAL: { readonly request?: string };
}

/**
 * What is known of a gap.
 *
 * @example
 * ```ts
 * if (isRtmsgError(error, "GAP")) console.log("retained from", error.details.earliest);
 * ```
 */
export interface GapDetails {
  /** The cursor that was asked for, or resumed from. */
  readonly requested: string;
  /** Offset of the first event after it that is still retained; null when none is. */
  readonly earliest: number | null;
  /** The log's epoch now. It differs from the cursor's when the log is another one. */
  readonly epoch: string;
}

/**
 * The details of an error code: an object, empty for codes that carry none.
 *
 * @example
 * ```ts
 * const describe = (details: DetailsOf<"GAP">): string => `${details.requested} is gone`;
 * ```
 */
export type DetailsOf<C extends ErrorCode> = C extends keyof ErrorDetails
  ? ErrorDetails[C]
  : Readonly<Record<string, never>>;

/**
 * An error as it travels: in `data.rtmsg` of a tRPC error, and as the body of a plain route.
 *
 * @example
 * ```ts
 * const response = await fetch("http://127.0.0.1:3030/topics/orders.created/events?from=nonsense");
 * const error = (await response.json()) as ErrorBody;
 * console.log(error.code);
 * ```
 */
export interface ErrorBody {
  readonly code: ErrorCode;
  readonly message?: string;
  readonly [detail: string]: unknown;
}

/**
 * The one error class of rtmsg, on both sides of the wire.
 *
 * @example
 * ```ts
 * try {
 *   await client.produce.mutate({ topic: "orders.created", data: order, expectedOffset: 7 });
 * } catch (error) {
 *   if (isRtmsgError(error, "OFFSET_MISMATCH")) console.log("now at", error.details.actual);
 *   else throw error;
 * }
 * ```
 */
export class RtmsgError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name = "RtmsgError";
  /** The stable code. */
  readonly code: C;
  /** What the code carries: see {@link ErrorDetails}. */
  readonly details: DetailsOf<C>;

  /**
   * @param code - the stable code
   * @param message - what went wrong with which value, the limit, and what to do
   * @param details - the code's details; may be left out where none are required
   * @param options - `cause`, kept for logs and never sent
   */
  constructor(
    code: C,
    message: string,
    ...[details, options]: Record<string, never> extends DetailsOf<C>
      ? [details?: DetailsOf<C>, options?: ErrorOptions]
      : [details: DetailsOf<C>, options?: ErrorOptions]
  ) {
    super(message, options);
    this.code = code;
    this.details = details ?? ({} as DetailsOf<C>);
  }

  /** The HTTP status of the code; 0 for those that never leave the client. */
  get status(): number {
    return ERROR_STATUS[this.code];
  }

  /** The error as it travels. */
  toJSON(): ErrorBody {
    return { code: this.code, message: this.message, ...this.details };
  }

  /**
   * The error that a body describes.
   *
   * @param body - what a server sent; anything
   * @param fallback - the message where the body has none
   * @returns the error, or undefined when the body is no error of rtmsg
   */
  static fromBody(body: unknown, fallback = "The server answered with an error"): RtmsgError | undefined {
    if (typeof body !== "object" || body === null) return undefined;
    const { code, message, ...details } = body as Record<string, unknown>;
    if (typeof code !== "string" || !Object.hasOwn(ERROR_STATUS, code)) return undefined;
    const text = typeof message === "string" ? message : fallback;
    // The details come from the wire; their shapes are the server's promise, see ErrorDetails.
    return new RtmsgError(code as ErrorCode, text, details);
  }
}

/**
 * Whether a value is an {@link RtmsgError}, of a given code if one is named. It knows the errors of
 * every package of rtmsg, each of which has the class built in.
 *
 * @example
 * ```ts
 * if (isRtmsgError(error, "GAP")) console.log(error.details.requested, error.details.earliest);
 * ```
 */
export function isRtmsgError<C extends ErrorCode = ErrorCode>(
  value: unknown,
  code?: C,
): value is RtmsgError<C> {
  if (!(value instanceof Error) || value.name !== "RtmsgError" || !("code" in value)) return false;
  const known = typeof value.code === "string" && Object.hasOwn(ERROR_STATUS, value.code);
  return known && (code === undefined || value.code === code);
}
