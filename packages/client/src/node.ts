import { RtmsgError } from "@rtmsg/server/protocol";
import type { Topics, TypesOf } from "@rtmsg/server/topics";
import type { IncomingMessage } from "node:http";
import { WebSocket, type ClientOptions as SocketOptions } from "ws";
import type { ClientOptions, SchemaOptions } from "./client-options.js";
import type { Client } from "./client.js";
import type { SocketClass } from "./connection/session.js";
import { openClient } from "./open-client.js";

export * from "./public.js";

/** The types do not know all that `ws` takes. */
const SOCKET_OPTIONS: SocketOptions & { readonly closeTimeout: number } = {
  perMessageDeflate: false,
  // How long a closing socket waits for the other side, in ms; it would be 30 seconds.
  closeTimeout: 1_000,
};

/** Characters of an answer that are read at most. */
const MAX_ANSWER = 65_536;

/** The WebSocket of Node. Node 20 has none of its own. */
class NodeSocket extends WebSocket {
  constructor(url: string | URL) {
    super(url, SOCKET_OPTIONS);
    // Unlike a browser's, it can be told what a server said that did not open it.
    this.on("unexpected-response", (_request, response) => {
      void answeredInstead(response).then((error) => this.emit("error", error));
    });
  }
}

/** What a server says that answers an upgrade with an error. */
async function answeredInstead(response: IncomingMessage): Promise<Error> {
  const status = response.statusCode ?? 0;
  const message = `The server answered with HTTP ${status}, and opened no WebSocket`;
  let text = "";
  try {
    for await (const chunk of response.setEncoding("utf8")) {
      text += chunk as string;
      if (text.length > MAX_ANSWER) break;
    }
    return RtmsgError.fromBody(JSON.parse(text)) ?? new Error(message);
  } catch {
    // It is no server of rtmsg's.
    return new Error(message);
  }
}

/**
 * Makes a client. It connects at once (unless it is `lazy`), with `ws`, and stays
 * connected until it is closed.
 *
 * @typeParam T - `typeof topics`, where `topics` is what `defineTopics` returned; without it every
 *   topic carries `unknown`
 * @param options - `url`, where the server answers, and others: see {@link ClientOptions}
 * @throws TypeError when an option is malformed
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
  return openClient(options, options.topics as Topics | undefined, NodeSocket as unknown as SocketClass);
}
