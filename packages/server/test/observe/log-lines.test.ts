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
