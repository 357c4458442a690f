/** What the examples of doc comments take for granted: an app with topics, and its own affairs. */
export const WORLD = {
  topics: `
    import { defineTopics } from "@rtmsg/server";
    import { z } from "zod";
    export const topics = defineTopics({
      "orders.created": z.object({ id: z.string(), total: z.number() }),
      "chat.*": { schema: z.object({ text: z.string() }), retention: { maxEvents: 10_000, maxAge: "7d" } },
    });`,
  world: `
    import type { Client, RtmsgEvent, SubscribeCallbacks, TopicHandle, TypesOf } from "@rtmsg/client";
    import type { AnyTRPCRouter } from "@trpc/server";
    import type { Broker, EngineOpener } from "@rtmsg/server";
    import type { IncomingMessage } from "node:http";
    import type { FunctionComponent } from "react";
    import type { Root } from "react-dom/client";
    import type { WebSocketServer } from "ws";
    import type { z } from "zod";
    import { createHooks } from "@rtmsg/client/react";
    import type { topics } from "./topics.js";
    type Types = TypesOf<typeof topics>;
    export declare const App: FunctionComponent;
    export declare const appRouter: AnyTRPCRouter;
    export declare const broker: Broker<Types>;
    export declare const callbacks: SubscribeCallbacks<RtmsgEvent>;
    export declare const client: Client<Types>;
    export declare const controller: AbortController;
    export declare const cursor: string;
    export declare const error: unknown;
    export declare const event: { topic: "orders.created"; data: { id: string; total: number } };
    export declare const events: readonly { topic: "orders.created"; data: { id: string; total: number } }[];
    export declare function isWelcome(request: IncomingMessage): boolean;
    export declare function openMyEngine(folder: string, ...rest: unknown[]): ReturnType<EngineOpener>;
    export declare const order: { id: string; total: number };
    export declare const orders: TopicHandle<Types, "orders.created"> & readonly { id: string; total: number }[];
    export declare const orderSchema: z.ZodObject<{ total: z.ZodNumber }>;
    export declare const root: Root;
    export declare const session: { token(): Promise<string> };
    export declare const sessions: { find(token: string | undefined): Promise<{ id: string } | undefined> };
    export declare const url: string;
    export const { useTopic, useProduce, useConnection } = createHooks<typeof topics>();
    export declare const wss: WebSocketServer;`,
} as const;
