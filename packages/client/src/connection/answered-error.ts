import { RtmsgError } from "@rtmsg/server/protocol";

/**
 * The error that a tRPC error shape stands for. What carries no code of rtmsg's (another tRPC server
 * answered, or a router that was merged without `formatError`) is `INTERNAL`.
 *
 * @param shape - the error of an answer, deserialized; anything
 */
export function answeredError(shape: unknown): RtmsgError {
  const { message, data } = asRecord(shape);
  const text = typeof message === "string" && message !== "" ? message : "The server answered with an error";
  const { rtmsg } = asRecord(data);
  return (
    RtmsgError.fromBody({ message: text, ...asRecord(rtmsg) }) ??
    new RtmsgError("INTERNAL", `${text} (an error without a code of rtmsg's)`, {}, { cause: shape })
  );
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
