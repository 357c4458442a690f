import type { TRPCDataTransformer } from "@trpc/server";
import superjson from "superjson";

/** A format that is neither JSON nor superjson's: dates survive it, and nobody else reads it. */
export const ownFormat: TRPCDataTransformer = {
  serialize: (value: unknown) => `own ${superjson.stringify(value)}`,
  deserialize: (value: unknown): unknown =>
    typeof value === "string" ? superjson.parse(value.replace(/^own /, "")) : value,
};
