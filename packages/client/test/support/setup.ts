import { createClient, type Client, type ClientOptions, type TypesOf } from "@rtmsg/client";
import type { ServerOptions } from "@rtmsg/server";
import { startTestServer, type TestServer } from "@rtmsg/server/testing";
import { TcpProxy } from "./tcp-proxy.js";
import { topics, type TestTopics } from "./topics.js";

type M = TypesOf<TestTopics>;

/** A server with the tests' topics, a proxy in front of it, and a client that connects through it. */
export interface Setup extends AsyncDisposable {
  readonly server: TestServer<M>;
  readonly proxy: TcpProxy;
  readonly client: Client<M>;
  /** Another client, closed with the setup. */
  readonly connect: (options?: Partial<ClientOptions>) => Client<M>;
}

/** Waits between attempts that a test can wait for. */
export const QUICK = { baseMs: 4, maxMs: 16 } as const;

export async function setUp(
  options: Partial<ClientOptions> = {},
  serverOptions: ServerOptions<M> = {},
): Promise<Setup> {
  const server = await startTestServer({ topics, ...serverOptions });
  const port = Number(new URL(server.url).port);
  const proxy = await TcpProxy.start(() => port);
  const clients: Client<M>[] = [];
  const connect = (more: Partial<ClientOptions> = {}): Client<M> => {
    const client = createClient<TestTopics>({ url: proxy.url, backoff: QUICK, ...options, ...more });
    clients.push(client);
    return client;
  };
  return {
    server,
    proxy,
    client: connect(),
    connect,
    async [Symbol.asyncDispose]() {
      await Promise.all(clients.map((client) => client.close()));
      await proxy[Symbol.asyncDispose]();
      await server.close();
    },
  };
}
