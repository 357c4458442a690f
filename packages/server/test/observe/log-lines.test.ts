import { expect, test } from "vitest";
import type { LogFields, Logger } from "../../src/observe/logger.js";
import { openPlain, produce } from "../support/plain.js";
import { serve } from "../support/serve.js";

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
