import { memoryEngine } from "../engines/memory.js";
import { startServer, type RtmsgServer, type ServerOptions } from "../server.js";
import type { TopicTypes } from "../topics/topic-types.js";

/** A server for tests, on a free port. */
export type TestServer<M extends TopicTypes = TopicTypes> = RtmsgServer<M>;

/**
 * Starts a server on a free port of this machine, with the memory engine unless told otherwise.
 *
 * @param options - as for `startServer`
 * @example
 * ```ts
 * await using server = await startTestServer({ topics });
 * const client = createClient<typeof topics>({ url: server.url });
 * ```
 */
export function startTestServer<M extends TopicTypes = TopicTypes>(
  options: ServerOptions<M> = {},
): Promise<TestServer<M>> {
  return startServer<M>({ port: 0, engine: memoryEngine(), ...options });
}
