import {
  createTRPCClient,
  createWSClient,
  httpBatchLink,
  httpLink,
  httpSubscriptionLink,
  splitLink,
  TRPCClientError,
  wsLink,
  type TRPCClient,
  type WebSocketClientOptions,
} from "@trpc/client";
import { EventSource } from "eventsource";
import superjson from "superjson";
import { onTestFinished } from "vitest";
import { WebSocket } from "ws";
import type { AppRouter } from "../../src/topics/index.js";
import { until } from "./until.js";

/** tRPC's own client, for a broker without declared topics. */
export type StockClient = TRPCClient<AppRouter>;

/** tRPC's own client and its WebSocket. */
export interface StockSocketClient {
  readonly trpc: StockClient;
  readonly ws: ReturnType<typeof createWSClient>;
}

/** The address of tRPC's WebSocket on a server. */
export function socketUrl(url: string): string {
  return `${url.replace(/^http/, "ws")}/trpc`;
}

/** A client over one WebSocket, closed when the test has finished. */
export function stockSocketClient(
  url: string,
  options: Partial<WebSocketClientOptions> = {},
): StockSocketClient {
  const ws = createWSClient({
    url: socketUrl(url),
    WebSocket: WebSocket as unknown as typeof globalThis.WebSocket,
    retryDelayMs: () => 5,
    ...options,
  });
  onTestFinished(() => ws.close());
  const trpc = createTRPCClient<AppRouter>({ links: [wsLink({ client: ws, transformer: superjson })] });
  return { trpc, ws };
}

/** A client over HTTP: calls one by one or batched, subscriptions over SSE. */
export function stockHttpClient(
  url: string,
  { batch = false, connectionParams }: { batch?: boolean; connectionParams?: Record<string, string> } = {},
): StockClient {
  const target = { url: `${url}/trpc`, transformer: superjson };
  return createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: ({ type }) => type === "subscription",
        true: httpSubscriptionLink({
          ...target,
          EventSource,
          ...(connectionParams !== undefined && { connectionParams }),
        }),
        false: batch ? httpBatchLink(target) : httpLink(target),
      }),
    ],
  });
}

type SubscribeProcedure = "subscribe" | "subscribeBatch";
type SubscribeInput = Parameters<StockClient["subscribe"]["subscribe"]>[0];

/** What a subscription of the stock client brought so far. */
export class Collected<Item> {
  readonly items: Item[] = [];
  readonly ids: string[] = [];
  started = 0;
  isComplete = false;
  error: unknown;
  unsubscribe: () => void = () => undefined;

  /** Waits until so many items are there. */
  async reach(count: number): Promise<Item[]> {
    await until(
      () => this.items.length >= count || this.error !== undefined,
      `${count} items are there (${this.items.length} are)`,
    );
    if (this.error !== undefined) throw this.error as Error;
    return this.items;
  }

  /** Waits until the subscription has ended with an error. */
  async failed(): Promise<unknown> {
    await until(() => this.error !== undefined, "the subscription has failed");
    return this.error;
  }
}

/** Subscribes with the stock client, and ends that when the test has finished. */
export function collect<Item = Record<string, unknown>>(
  client: StockClient,
  input: SubscribeInput,
  procedure: SubscribeProcedure = "subscribe",
): Collected<Item> {
  const collected = new Collected<Item>();
  const subscribe = client[procedure].subscribe as StockClient["subscribe"]["subscribe"];
  const subscription = subscribe(input, {
    onStarted: () => collected.started++,
    onData: (item: unknown) => {
      const { id, data } = item as { id: string; data: Item };
      collected.ids.push(id);
      collected.items.push(data);
    },
    onError: (error: unknown) => {
      collected.error = error;
    },
    onComplete: () => {
      collected.isComplete = true;
    },
  });
  collected.unsubscribe = () => subscription.unsubscribe();
  onTestFinished(collected.unsubscribe);
  return collected;
}

/** What an error of tRPC's client says in rtmsg's words, with its HTTP status. */
export function rtmsgOf(error: unknown): Record<string, unknown> {
  if (!(error instanceof TRPCClientError)) throw new Error("Not an error of tRPC's client", { cause: error });
  const { data } = error as { data?: { rtmsg?: Record<string, unknown>; httpStatus?: number } | undefined };
  return { ...data?.rtmsg, httpStatus: data?.httpStatus };
}

/** The error that a call fails with, in rtmsg's words. */
export async function failureOf(call: Promise<unknown>): Promise<Record<string, unknown>> {
  const outcome = await call.then(
    (value: unknown) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if (!("error" in outcome)) throw new Error(`Expected a failure, got ${JSON.stringify(outcome.value)}`);
  return rtmsgOf(outcome.error);
}
