import type { Topics, TypesOf } from "@rtmsg/server/topics";
import type { ClientOptions, SchemaOptions } from "./client-options.js";
import type { Client } from "./client.js";
import { openClient } from "./open-client.js";

export * from "./public.js";

/**
 * Makes a client. It connects at once (unless it is `lazy`), with the platform's WebSocket, and stays
 * connected until it is closed.
 *
 * @typeParam T - `typeof topics`, where `topics` is what `defineTopics` returned; without it every
 *   topic carries `unknown`
 * @param options - `url`, where the server answers, and others: see {@link ClientOptions}
 * @throws TypeError when an option is malformed, or the platform has no WebSocket
 * @example
 * ```ts
 * import type { topics } from "./topics.js";
 *
 * const client = createClient<typeof topics>({ url: "http://127.0.0.1:3030" });
 * await client.produce.mutate({ topic: "orders.created", data: { id: "o-1", total: 12 } });
 * for await (const event of client.subscribe({ topic: "orders.created", from: "earliest" })) {
 *   console.log(event.data.total);
 * }
 * await client.close();
 * ```
 */
export function createClient<T = Topics>(options: ClientOptions & SchemaOptions<T>): Client<TypesOf<T>> {
  if (typeof globalThis.WebSocket !== "function") {
    throw new TypeError("There is no WebSocket on this platform: use one that has it, or the build for Node");
  }
  return openClient(options, options.topics as Topics | undefined, globalThis.WebSocket);
}
