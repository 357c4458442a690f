import type { StandardSchemaV1 } from "@standard-schema/spec";
import { RtmsgError, type DataIssue } from "../protocol/error.js";

/** The error for data that does not fit its topic's schema. */
export function dataInvalid(
  topic: string,
  found: readonly StandardSchemaV1.Issue[],
): RtmsgError<"DATA_INVALID"> {
  const issues = found.map(({ message, path }): DataIssue => ({ message, path: (path ?? []).map(stepOf) }));
  const first = issues[0];
  const where = first === undefined || first.path.length === 0 ? "" : ` at "${first.path.join(".")}"`;
  const message = `Data does not fit the schema of topic "${topic}"${where}: ${first?.message ?? "refused"}`;
  return new RtmsgError("DATA_INVALID", message, { issues });
}

function stepOf(step: PropertyKey | StandardSchemaV1.PathSegment): string | number {
  const key = typeof step === "object" ? step.key : step;
  return typeof key === "symbol" ? String(key) : key;
}
