import type { TRPCProcedureType } from "@trpc/server";
import type { TRPCClientOutgoingMessage } from "@trpc/server/rpc";
import type { CallInfo, ReplyAddress, RequestId } from "./trpc-replies.js";

/** A client's message that calls a procedure. */
export type CallMessage = Extract<TRPCClientOutgoingMessage, { params: unknown }>;

/** A call, ready to be made. */
export interface Call {
  readonly address: ReplyAddress & { readonly id: RequestId };
  readonly info: CallInfo & { readonly path: string; readonly type: TRPCProcedureType };
  readonly batchIndex: number;
}

/** The call that a message asks for. */
export function callOf(message: CallMessage, batchIndex: number): Call {
  const { id, jsonrpc, method, params } = message;
  const { path, lastEventId } = params;
  const input = lastEventId === undefined ? params.input : withLastEventId(params.input, lastEventId);
  return {
    address: { id, ...(jsonrpc !== undefined && { jsonrpc }) },
    info: { path, type: method, input },
    batchIndex,
  };
}

/** tRPC's clients send where they were beside the input; procedures find it in the input. */
function withLastEventId(input: unknown, lastEventId: string): unknown {
  if (typeof input === "object" && input !== null && !Array.isArray(input)) return { ...input, lastEventId };
  return input ?? { lastEventId };
}

/** Where the sender of a message waits for an answer; nowhere for a stop, or what has no id. */
export function addressOf(raw: unknown): ReplyAddress | undefined {
  if (typeof raw !== "object" || raw === null) return undefined;
  const { id, jsonrpc, method } = raw as Record<string, unknown>;
  if ((typeof id !== "number" && typeof id !== "string") || method === "subscription.stop") return undefined;
  return jsonrpc === "2.0" ? { id, jsonrpc } : { id };
}
