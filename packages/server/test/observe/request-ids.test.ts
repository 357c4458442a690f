import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { z } from "zod";
import { defineTopics } from "../../src/topics/index.js";
import { call, get, openPlain, produce } from "../support/plain.js";
import { rawConnection } from "../support/raw-http.js";
import { recordingLogger, serve, type LogLine } from "../support/serve.js";
import { failureOf, socketUrl, stockHttpClient, stockSocketClient } from "../support/stock-client.js";
import { until } from "../support/until.js";

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

const topics = defineTopics({
  orders: z.number(),
  brief: { schema: z.number(), retention: { maxEvents: 1 } },
  broken: z.unknown().refine(() => {
    throw new Error("the schema is broken");
  }),
});

/** A broker, its log, and the one line of it with a message. */
async function observed(): Promise<{
  readonly url: string;
  readonly lines: readonly LogLine[];
  readonly line: (message: string, code?: string) => Promise<LogLine["fields"]>;
}> {
  const { url, lines } = await start({});
  const line = async (message: string, code?: string): Promise<LogLine["fields"]> => {
    const found = (): LogLine[] =>
      lines.filter((one) => one.message === message && (code === undefined || one.fields["code"] === code));
    await until(() => found().length > 0, `"${message}" is logged`);
    expect(found()).toHaveLength(1);
    return found()[0]?.fields ?? {};
  };
  return { url, lines, line };
}

async function start(options: Parameters<typeof serve>[0]): Promise<{ url: string; lines: LogLine[] }> {
  const logger = recordingLogger();
  const { url } = await serve({ topics, logger, ...options });
  return { url, lines: logger.lines };
}

describe("the log names the request", () => {
  it("that was refused on a tRPC socket, by its connection and its message's id", async () => {
    const { url, line } = await observed();
    const socket = new WebSocket(socketUrl(url));
    onTestFinished(() => socket.terminate());
    await once(socket, "open");
    const input = { json: { topic: "orders", data: "no number" } };
    socket.send(JSON.stringify({ id: 41, method: "mutation", params: { path: "produce", input } }));
    await once(socket, "message");
    const { connection } = await line("connection opened");
    expect(await line("refused")).toMatchObject({
      code: "DATA_INVALID",
      transport: "trpc",
      path: "produce",
      connection,
      request: `${String(connection)}/41`,
    });
  });

  it("and tells the client which, where the server failed it", async () => {
    const { url, line } = await observed();
    const { trpc } = stockSocketClient(url);
    const { request, code } = await failureOf(trpc.produce.mutate({ topic: "broken", data: 1 }));
    expect(code).toBe("INTERNAL");
    const { connection } = await line("connection opened");
    expect(await line("call failed")).toMatchObject({
      connection,
      request,
      error: expect.objectContaining({ message: "the schema is broken" }) as unknown,
    });
    expect(request).toMatch(new RegExp(`^${String(connection)}/\\d+$`));
  });

  it("of an event of a batch, over a socket and over HTTP", async () => {
    for (const clientOf of [(url: string) => stockSocketClient(url).trpc, stockHttpClient]) {
      const { url, line } = await observed();
      const events = [
        { topic: "orders", data: "no number" },
        { topic: "broken", data: 1 },
      ];
      const { results } = await clientOf(url).produceBatch.mutate({ events });
      const { request } = await line("call failed");
      expect(results).toMatchObject([{ ok: false }, { ok: false, error: { code: "INTERNAL", request } }]);
      expect(await line("refused")).toMatchObject({ code: "DATA_INVALID", path: "produceBatch", request });
      expect(request).toEqual(expect.any(String));
    }
  });

  it("of a message on a socket whose id is long, shortened", async () => {
    const { url, line } = await observed();
    const socket = new WebSocket(socketUrl(url));
    onTestFinished(() => socket.terminate());
    await once(socket, "open");
    socket.send(JSON.stringify({ id: "i".repeat(5_000), method: "query", params: { path: "nothing" } }));
    await once(socket, "message");
    expect(String((await line("refused"))["request"]).length).toBeLessThan(100);
  });

  it("of a subscription that ended with an error, on every transport", async () => {
    const { url, lines } = await observed();
    for (const data of [1, 2]) await produce(url, "brief", data);
    const { trpc } = stockSocketClient(url);
    await new Promise<void>((resolve) => {
      trpc.subscribe.subscribe(
        { topic: "brief", from: { offset: 0 } },
        {
          onError: () => resolve(),
        },
      );
    });
    await (await openPlain(url, "/subscribe/brief?from=offset:0")).end();
    const headers = { accept: "text/event-stream", "x-request-id": "the-stream" };
    expect(await get(`${url}/subscribe/brief?from=offset:0`, headers)).toMatchObject({ status: 410 });
    const gaps = (): LogLine[] => lines.filter(({ fields }) => fields["code"] === "GAP");
    await until(() => gaps().length === 3, "three gaps are logged");
    const opened = lines.filter(({ message }) => message === "connection opened").map(({ fields }) => fields);
    expect(gaps().map(({ fields }) => fields)).toMatchObject([
      { transport: "trpc", connection: opened[0]?.["connection"], request: expect.any(String) as string },
      { transport: "websocket", connection: opened[1]?.["connection"] },
      { transport: "sse", path: "/subscribe/brief", request: "the-stream" },
    ]);
  });

  it("of tRPC over HTTP, as the caller calls it", async () => {
    const { url, line } = await observed();
    const input = JSON.stringify({ json: { topic: "broken", data: 1 } });
    const headers = { "content-type": "application/json", "x-request-id": "job-17/step:3" };
    const answer = await call("POST", `${url}/trpc/produce`, input, headers);
    expect(answer.headers["x-request-id"]).toBe("job-17/step:3");
    expect(JSON.parse(answer.text)).toMatchObject({
      error: { json: { data: { rtmsg: { code: "INTERNAL", request: "job-17/step:3" } } } },
    });
    const expected = { transport: "trpc_http", path: "produce", request: "job-17/step:3" };
    expect(await line("call failed")).toMatchObject(expected);
  });

  it("of a plain route, and answers its id", async () => {
    const { url, line } = await observed();
    const answer = await produce(url, "orders", "no number", { "x-request-id": "abc" });
    expect(answer.headers["x-request-id"]).toBe("abc");
    expect(await line("refused")).toMatchObject({ path: "/produce/orders", request: "abc" });
    const failed = await produce(url, "broken", 1);
    expect(failed.headers["x-request-id"]).toMatch(UUID);
    expect(failed.body).toMatchObject({ code: "INTERNAL", request: failed.headers["x-request-id"] });
    expect(await line("call failed")).toMatchObject({ request: failed.headers["x-request-id"] });
  });

  it.each([
    ["too long", "x".repeat(129)],
    ["with a space", "a b"],
    ["not ASCII", "b\u00fcro"],
    ["empty", ""],
  ])("by an id of its own, where the caller's is %s", async (_, given) => {
    const { url, line } = await observed();
    const answer = await produce(url, "orders", "no number", { "x-request-id": given });
    const id = answer.headers["x-request-id"];
    expect(id).toMatch(UUID);
    expect(await line("refused")).toMatchObject({ request: id });
  });

  it("of an upgrade that was refused, of one that was not, and of what is no request", async () => {
    const { url, line, lines } = await observed();
    const refused = new WebSocket(`${url.replace(/^http/, "ws")}/nowhere`, {
      headers: { "x-request-id": "up" },
    });
    refused.on("error", () => undefined);
    const [, response] = (await once(refused, "unexpected-response")) as [unknown, IncomingMessage];
    response.resume();
    expect(response.headers["x-request-id"]).toBe("up");
    expect(await line("refused")).toMatchObject({ path: "/nowhere", request: "up" });

    const open = new WebSocket(`${url.replace(/^http/, "ws")}/subscribe/orders`, {
      headers: { "x-request-id": "plain" },
    });
    onTestFinished(() => open.terminate());
    expect(await line("connection opened")).toMatchObject({ transport: "websocket", request: "plain" });

    const raw = await rawConnection(url);
    raw.write("no HTTP\r\n\r\n");
    const answer = await raw.receive(/x-request-id: \S+/);
    const id = /x-request-id: (\S+)/.exec(answer)?.[1];
    expect(lines.at(-1)).toMatchObject({
      message: "refused",
      fields: { code: "INPUT_INVALID", request: id },
    });
  });

  it("where a token could not be checked", async () => {
    const failing = (): never => {
      throw new Error("the directory is away");
    };
    const { url, lines } = await start({ auth: failing });
    const answer = await produce(url, "orders", 1, { "x-request-id": "sign-in" });
    expect(answer.status).toBe(503);
    expect(lines).toMatchObject([
      { level: "error", message: "authentication failed", fields: { request: "sign-in" } },
      { message: "refused", fields: { code: "UNAVAILABLE", request: "sign-in" } },
    ]);
  });

  it("to pages of other origins, which may send it and read it", async () => {
    const { url } = await start({ origins: ["https://app.example"] });
    const headers = { origin: "https://app.example", "access-control-request-method": "POST" };
    const preflight = await call("OPTIONS", `${url}/produce/orders`, undefined, headers);
    expect(preflight.headers["access-control-allow-headers"]).toContain("x-request-id");
    const answer = await produce(url, "orders", 1, { origin: "https://app.example" });
    expect(answer.headers["access-control-expose-headers"]).toBe("x-request-id");
  });
});
