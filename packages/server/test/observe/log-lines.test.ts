import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import type { LogFields, Logger } from "../../src/observe/logger.js";
import { RtmsgError } from "../../src/protocol/error.js";
import type { Authenticate } from "../../src/security/authentication.js";
import { get, openPlain, openStream, produce } from "../support/plain.js";
import { recordingLogger, serve, type LogLine } from "../support/serve.js";
import { collect, failureOf, stockSocketClient } from "../support/stock-client.js";
import { until } from "../support/until.js";

test("a connection has a line when it opens and when it closes, without data", async () => {
  const lines: (LogFields & { readonly msg: string })[] = [];
  const take = (fields: LogFields, msg: string): void => void lines.push({ ...fields, msg });
  const logger: Logger = { info: take, warn: take, error: take };
  const server = await serve({ logger });
  const socket = await openPlain(server.url, "/subscribe/orders");
  await produce(server.url, "orders", "nobody-may-read");
  socket.socket.close();
  await expect.poll(() => lines.map(({ msg }) => msg)).toEqual(["connection opened", "connection closed"]);
  const [opened, closed] = lines;
  expect(opened).toMatchObject({ transport: "websocket", address: "127.0.0.1" });
  expect(closed).toMatchObject({
    connection: opened?.["connection"],
    ms: expect.any(Number) as number,
    code: 1005,
    delivered: 1,
    sent: expect.any(Number) as number,
  });
  expect(JSON.stringify(lines)).not.toContain("nobody-may-read");
});

test("what is trimmed has a line a second, and a subscriber that does not read one when it falls behind, and one when it is back", async () => {
  const lines: (LogFields & { readonly msg: string })[] = [];
  const take = (fields: LogFields, msg: string): void => void lines.push({ ...fields, msg });
  const logger: Logger = { info: take, warn: take, error: take };
  const server = await serve({ logger, limits: { bufferedBytes: 65_536 } });
  const socket = await openPlain(server.url, "/subscribe/orders");
  const said = (msg: string): LogFields[] => lines.filter((line) => line.msg === msg);
  socket.socket.pause();
  const data = "x".repeat(100_000);
  await expect
    .poll(
      async () => {
        for (let n = 0; n < 20; n++) await server.broker.produce({ topic: "orders", data });
        return said("subscriber is behind").length;
      },
      { timeout: 30_000 },
    )
    .toBe(1);
  expect(said("subscriber is behind")[0]).toMatchObject({ transport: "websocket", topic: "orders" });
  socket.socket.resume();
  await expect.poll(() => said("subscriber is live again").length, { timeout: 30_000 }).toBeGreaterThan(0);
  await server.broker.trim("orders", 10);
  await expect.poll(() => said("trimmed").length, { timeout: 30_000 }).toBeGreaterThan(0);
  expect(said("trimmed")[0]).toMatchObject({ topics: 1 });
  expect(JSON.stringify(lines)).not.toContain("xxx");
});

const anyone: Authenticate = (token) => {
  if (token !== "kay's") throw new RtmsgError("UNAUTHENTICATED", "Sign in first");
  return { name: "kay", rights: { produce: [">"], subscribe: [">"], admin: false } };
};

test("a tRPC connection's line says who it is, and how it closed after what was produced and delivered", async () => {
  const logger = recordingLogger();
  const server = await serve({ logger, auth: anyone });
  const { trpc, ws } = stockSocketClient(server.url, { connectionParams: { token: "kay's" } });
  const all = collect(trpc, { topic: ">" });
  await until(() => all.started === 1, "it has subscribed");
  await trpc.produce.mutate({ topic: "orders", data: 1, id: "o-1" });
  await trpc.produce.mutate({ topic: "orders", data: 1, id: "o-1" });
  await trpc.produceBatch.mutate({
    events: [
      { topic: "a", data: 2 },
      { topic: "b", data: 3 },
    ],
  });
  await server.broker.produce({ topic: "elsewhere", data: 4 });
  // Its first two events it reads as the past of the log, the others as they come.
  const past = collect(trpc, { topic: ">", from: { last: 2 }, until: "now" });
  await Promise.all([all.reach(4), past.reach(2)]);
  await ws.close();
  const lines = await closedOf(logger, 1);
  expect(lines.map(({ message }) => message)).toEqual(["connection opened", "connection closed"]);
  expect(lines[0]?.fields).toMatchObject({ transport: "trpc", identity: "kay" });
  expect(lines[1]?.fields).toMatchObject({
    connection: lines[0]?.fields["connection"],
    identity: "kay",
    code: 1005,
    produced: 3,
    delivered: 6,
  });
});

test("one that is not let in is not said to be open, and closes with why", async () => {
  const logger = recordingLogger();
  const server = await serve({ logger, auth: anyone });
  const { trpc, ws } = stockSocketClient(server.url, {
    connectionParams: { token: "another's" },
    retryDelayMs: () => 60_000,
  });
  expect(await failureOf(trpc.topics.list.query({}))).toMatchObject({ code: "UNAUTHENTICATED" });
  const lines = await closedOf(logger, 1);
  await ws.close();
  expect(lines.map(({ message }) => message)).not.toContain("connection opened");
  const { connection } = lines.at(-1)?.fields ?? {};
  expect(lines.at(-1)?.fields).toMatchObject({ code: 4_401, produced: 0, delivered: 0 });
  expect(lines.slice(0, -1).map(({ message, fields }) => [message, fields["connection"]])).toEqual(
    lines.slice(0, -1).map(() => ["refused", connection]),
  );
  expect(lines.length).toBeGreaterThan(1);
});

test("a stream has its lines, with who reads it, unless it is refused", async () => {
  const logger = recordingLogger();
  const server = await serve({ logger, auth: anyone });
  await get(`${server.url}/subscribe/orders`, { authorization: "Bearer kay's" });
  const stream = await openStream(server.url, "/subscribe/orders", { authorization: "Bearer kay's" });
  await server.broker.produce({ topic: "orders", data: 1 });
  await stream.reach(1);
  stream.destroy();
  const lines = await closedOf(logger, 1);
  expect(lines.map(({ message, fields }) => [message, fields["delivered"]])).toEqual([
    ["refused", undefined],
    ["connection opened", undefined],
    ["connection closed", 1],
  ]);
  expect(lines[1]?.fields).toMatchObject({ transport: "sse", identity: "kay" });
});

test("a subscriber that fell behind has all that it was given counted, once", async () => {
  const logger = recordingLogger();
  const server = await serve({ logger, limits: { bufferedBytes: 65_536 } });
  const socket = await openPlain(server.url, "/subscribe/orders");
  socket.socket.pause();
  let produced = 0;
  const isBehind = (): boolean => logger.lines.some(({ message }) => message === "subscriber is behind");
  while (!isBehind()) {
    await server.broker.produce({ topic: "orders", data: "x".repeat(10_000) });
    produced++;
    // What the memory engine takes leaves no turn of its own to the sockets.
    await nextTurn();
  }
  socket.socket.resume();
  await socket.reach(produced);
  socket.socket.close();
  const lines = await closedOf(logger, 1);
  expect(lines.at(-1)?.fields).toMatchObject({ delivered: produced });
});

/** The log, once so many connections are closed. */
async function closedOf(logger: { readonly lines: LogLine[] }, count: number): Promise<LogLine[]> {
  const closed = (): LogLine[] => logger.lines.filter(({ message }) => message === "connection closed");
  await until(() => closed().length === count, "it is closed");
  return logger.lines;
}
