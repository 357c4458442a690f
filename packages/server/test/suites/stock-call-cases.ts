import { TRPCClientError } from "@trpc/client";
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { failureOf, rtmsgOf, socketUrl, stockSocketClient } from "../support/stock-client.js";
import { until } from "../support/until.js";
import type { Serve } from "./serve.js";

/** A WebSocket that records what goes over it. */
function recordingSocket(): { Socket: typeof globalThis.WebSocket; sent: string[]; received: string[] } {
  const sent: string[] = [];
  const received: string[] = [];
  class Recording extends WebSocket {
    constructor(url: string) {
      super(url);
      this.on("message", (data: Buffer) => received.push(data.toString()));
    }
    override send(data: string): void {
      sent.push(data);
      super.send(data);
    }
  }
  return { Socket: Recording as unknown as typeof globalThis.WebSocket, sent, received };
}

export function stockCallCases(serve: Serve): void {
  describe("queries and mutations over wsLink", () => {
    it("produce, and read it back", async () => {
      const { url, broker } = await serve();
      const { trpc } = stockSocketClient(url);
      const receipt = await trpc.produce.mutate({ topic: "orders.created", data: { id: "o-1", total: 12 } });
      expect(receipt).toEqual({
        topic: "orders.created",
        offset: 1,
        cursor: `${broker.epoch}-1`,
        time: expect.any(Number) as number,
        duplicate: false,
      });
      const { cursor, offset, time, topic } = receipt;
      expect(await trpc.history.query({ topic: "orders.>" })).toEqual({
        events: [{ topic, offset, cursor, time, data: { id: "o-1", total: 12 } }],
        next: null,
      });
      expect(await trpc.topics.get.query({ topic })).toMatchObject({ topic, count: 1, latestOffset: 1 });
      expect(await trpc.topics.list.query()).toMatchObject({ topics: [{ topic }], next: null });
    });

    it("carry id, key and headers as they are", async () => {
      const { url } = await serve();
      const { trpc } = stockSocketClient(url);
      const extras = { id: "e-1", key: "k", headers: { traceparent: "00-1", "x-é": "ü" } };
      await trpc.produce.mutate({ topic: "t", data: 1, ...extras });
      const { events } = await trpc.history.query({ topic: "t" });
      expect(events).toMatchObject([{ ...extras, data: 1 }]);
      expect((await trpc.produce.mutate({ topic: "t", data: 1, ...extras })).duplicate).toBe(true);
    });

    it("produce a batch whose bad events spoil no others", async () => {
      const { url } = await serve();
      const { trpc } = stockSocketClient(url);
      const { results } = await trpc.produceBatch.mutate({
        events: [
          { topic: "a", data: 1 },
          { topic: "not a topic", data: 2 },
          { topic: "a", data: 3, expectedOffset: 99 },
          { topic: "b", data: 4 },
        ],
      });
      expect(results).toMatchObject([
        { ok: true, topic: "a", offset: 1, duplicate: false },
        { ok: false, error: { code: "TOPIC_INVALID", message: expect.any(String) as string } },
        { ok: false, error: { code: "OFFSET_MISMATCH", actual: 1 } },
        { ok: true, topic: "b", offset: 2 },
      ]);
    });

    it("sent in one turn go out as one message, and each is answered", async () => {
      const { url } = await serve();
      const { Socket, sent } = recordingSocket();
      const { trpc } = stockSocketClient(url, { WebSocket: Socket });
      const calls = Array.from({ length: 50 }, (_, index) =>
        trpc.produce.mutate({ topic: "t", data: index }),
      );
      const bad = failureOf(trpc.produce.mutate({ topic: "no topic", data: 0 }));
      const receipts = await Promise.all(calls);
      expect(receipts.map(({ offset }) => offset)).toEqual(receipts.map((_, index) => index + 1));
      expect(await bad).toMatchObject({ code: "TOPIC_INVALID" });
      expect(sent).toHaveLength(1);
      expect(JSON.parse(sent[0] as string)).toHaveLength(51);
    });

    it("fail with a message, tRPC's code and status, and rtmsg's code and details", async () => {
      const { url } = await serve();
      const { trpc } = stockSocketClient(url);
      await trpc.produce.mutate({ topic: "t", data: 1 });
      const error: unknown = await trpc.produce
        .mutate({ topic: "t", data: 2, expectedOffset: 0 })
        .catch((cause: unknown) => cause);
      expect(error).toBeInstanceOf(TRPCClientError);
      const { message, data } = error as TRPCClientError<never> & { data: Record<string, unknown> };
      expect(message).toMatch(/^Topic "t" is at offset 1, not at the expected 0: /);
      expect(data).toEqual({
        code: "PRECONDITION_FAILED",
        httpStatus: 412,
        path: "produce",
        rtmsg: { code: "OFFSET_MISMATCH", actual: 1 },
      });
    });

    it("fail for a procedure that is not there", async () => {
      const { url } = await serve();
      const { trpc } = stockSocketClient(url);
      const nope = trpc as unknown as { nope: { query(): Promise<unknown> } };
      expect(await failureOf(nope.nope.query())).toMatchObject({ code: "INPUT_INVALID", httpStatus: 404 });
    });
  });

  describe("the connection", () => {
    it("takes connection params", async () => {
      const { url } = await serve();
      const { trpc } = stockSocketClient(url, { connectionParams: { protocol: "1", more: "x" } });
      expect(await trpc.topics.list.query()).toEqual({ topics: [], next: null });
    });

    it("answers the pings of a client, which keeps its connection", async () => {
      const { url } = await serve();
      const { Socket, sent, received } = recordingSocket();
      let closes = 0;
      const { trpc } = stockSocketClient(url, {
        WebSocket: Socket,
        keepAlive: { enabled: true, intervalMs: 5, pongTimeoutMs: 2_000 },
        onClose: () => closes++,
      });
      await until(() => received.filter((text) => text === "PONG").length >= 5, "five pongs have come");
      expect(sent.filter((text) => text === "PING").length).toBeGreaterThanOrEqual(5);
      expect(closes).toBe(0);
      expect(await trpc.topics.list.query()).toEqual({ topics: [], next: null });
    });

    it("serves many clients side by side", async () => {
      const { url } = await serve();
      const clients = Array.from({ length: 20 }, () => stockSocketClient(url).trpc);
      const receipts = await Promise.all(clients.map((trpc) => trpc.produce.mutate({ topic: "t", data: 1 })));
      expect(new Set(receipts.map(({ offset }) => offset)).size).toBe(20);
    });

    it("refuses a second subscription under an id in use, and leaves the first alone", async () => {
      const { url, broker } = await serve();
      const socket = new WebSocket(socketUrl(url));
      const messages: { id: number; result?: { type: string }; error?: { json: { data: unknown } } }[] = [];
      socket.on("message", (data: Buffer) =>
        messages.push(JSON.parse(data.toString()) as (typeof messages)[0]),
      );
      await new Promise((resolve) => socket.once("open", resolve));
      const subscribe = {
        id: 1,
        method: "subscription",
        params: { path: "subscribe", input: { json: { topic: "t" } } },
      };
      socket.send(JSON.stringify(subscribe));
      await until(() => messages.length === 1, "the first has started");
      socket.send(JSON.stringify(subscribe));
      await until(() => messages.length === 2, "the second is answered");
      expect(messages[1]?.error?.json.data).toMatchObject({ rtmsg: { code: "INPUT_INVALID" } });
      await broker.produce({ topic: "t", data: 1 });
      await until(() => messages.length === 3, "the event is there");
      expect(messages[2]?.result?.type).toBe("data");
      socket.terminate();
    });

    it("tells each caller of a failed call in words that its error carries too", async () => {
      const { url } = await serve();
      const { trpc } = stockSocketClient(url);
      const error: unknown = await trpc.produce
        .mutate({ topic: "a b", data: 1 })
        .catch((cause: unknown) => cause);
      expect((error as Error).message).toContain('"a b" is not a topic name');
      expect(rtmsgOf(error)).toEqual({ code: "TOPIC_INVALID", httpStatus: 400 });
    });
  });
}
