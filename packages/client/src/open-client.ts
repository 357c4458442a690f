import type { ProduceResult, Receipt, SubscribeInput } from "@rtmsg/server/protocol";
import type { TopicTypes } from "@rtmsg/server/topics";
import { batchResult } from "./batch-result.js";
import { call } from "./call.js";
import { checkOptions, type ClientOptions } from "./client-options.js";
import type { Client } from "./client.js";
import { Connection } from "./connection/connection.js";
import type { SocketClass } from "./connection/session.js";
import { socketUrl } from "./socket-url.js";
import { SubscriptionIterator } from "./subscribe/subscription-iterator.js";
import { Subscription } from "./subscribe/subscription.js";

/** A client's parts, without its types: what they say holds for what the server sends. */
interface UntypedClient extends AsyncDisposable {
  readonly produce: { mutate(event: unknown): Promise<Receipt> };
  readonly produceBatch: { mutate(batch: unknown): Promise<unknown> };
  readonly history: { query(input: unknown): Promise<unknown> };
  readonly topics: {
    readonly list: { query(input?: unknown): Promise<unknown> };
    readonly get: { query(input: unknown): Promise<unknown> };
  };
  subscribe(options: SubscribeInput & { readonly signal?: AbortSignal | undefined }): SubscriptionIterator;
  close(): Promise<void>;
}

/**
 * Makes a client that connects at once.
 *
 * @param options - as the user gave them
 * @param Socket - the WebSocket of the platform
 * @throws TypeError when an option is malformed
 */
export function openClient<M extends TopicTypes>(options: ClientOptions, Socket: SocketClass): Client<M> {
  const { maxBuffered, ...settings } = checkOptions(options);
  const connection = new Connection({ url: socketUrl(options.url), Socket, ...settings });
  const mutation = (path: string) => (input: unknown) => call(connection, "mutation", path, input);
  const query = (path: string) => (input: unknown) => call(connection, "query", path, input);
  const produceBatch = mutation("produceBatch");
  const close = (): Promise<void> => connection.close();
  const client: UntypedClient = {
    produce: { mutate: mutation("produce") as (event: unknown) => Promise<Receipt> },
    produceBatch: {
      mutate: async (batch) => {
        const { results } = (await produceBatch(batch)) as { readonly results: readonly ProduceResult[] };
        return { results: results.map(batchResult) };
      },
    },
    subscribe: ({ signal, ...input }) =>
      new SubscriptionIterator(new Subscription(connection, input, signal, maxBuffered)),
    history: { query: query("history") },
    topics: { list: { query: query("topics.list") }, get: { query: query("topics.get") } },
    close,
    [Symbol.asyncDispose]: close,
  };
  return client as unknown as Client<M>;
}
