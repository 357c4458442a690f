import type { PlainSocket } from "../support/plain.js";
import { until } from "../support/until.js";

/** A message of tRPC, as far as these tests look at it. */
export interface Reply {
  readonly id: number | string | null;
  readonly result?: { readonly type: string; readonly data?: { readonly json: unknown } };
  readonly error?: {
    readonly json: { readonly message: string; readonly data: { readonly rtmsg: { readonly code: string } } };
  };
}

/** Codes that say that the caller is at fault. */
export const CALLERS_FAULT =
  /^(INPUT_INVALID|TOPIC_INVALID|DATA_INVALID|EVENT_TOO_LARGE|CURSOR_INVALID|TOPIC_UNKNOWN)$/;

/** What a socket was answered so far. */
export const repliesOf = (socket: PlainSocket): Reply[] =>
  socket.messages.map((text) => JSON.parse(text) as Reply);

/** Sends texts, then a call that must be answered, and returns what came before that answer. */
export async function repliesTo(socket: PlainSocket, ...texts: (string | Uint8Array)[]): Promise<Reply[]> {
  for (const text of texts) socket.socket.send(text);
  const id = `probe ${Math.random()}`;
  socket.socket.send(JSON.stringify({ id, method: "query", params: { path: "topics.list" } }));
  await until(() => repliesOf(socket).some((reply) => reply.id === id), "the probe is answered");
  return repliesOf(socket).filter((reply) => !String(reply.id).startsWith("probe"));
}

/** A call of `produce`. */
export const produce = (id: unknown, data: unknown, more: object = {}): string =>
  JSON.stringify({
    id,
    method: "mutation",
    params: { path: "produce", input: { json: { topic: "t", data }, ...more } },
  });
