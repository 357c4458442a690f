import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineTopics } from "../../src/topics/index.js";
import { openPlain, produce } from "../support/plain.js";
import { recordingLogger, serve } from "../support/serve.js";
import { turns, until } from "../support/until.js";

describe("a plain WebSocket on /subscribe/<topic>", () => {
  it("receives a JSON string as its bare text, exactly", async () => {
    const { url } = await serve();
    const socket = await openPlain(url, "/subscribe/newtopic");
    for (const text of [
      "This is a new event",
      "",
      'with "quotes" \\ and\nbreaks',
      "ü 👍 \u2028 \u0000",
      "null",
      "{}",
    ]) {
      await produce(url, "newtopic", text);
      const { length } = socket.messages;
      await socket.reach(length + (socket.messages.at(-1) === text ? 0 : 1));
      expect(socket.messages.at(-1)).toBe(text);
    }
  });

  it.each([
    ['{"id":"o-1","total":12}', '{"id":"o-1","total":12}'],
    [' { "a" : [ 1 , null ] } ', '{"a":[1,null]}'],
    ["12.50", "12.5"],
    ["true", "true"],
    ["null", "null"],
    ["[]", "[]"],
    ['["x"]', '["x"]'],
  ])("receives %s as JSON text", async (body, expected) => {
    const { url } = await serve();
    const socket = await openPlain(url, "/subscribe/t");
    await produce(url, "t", new TextEncoder().encode(body));
    expect(await socket.reach(1)).toEqual([expected]);
  });

  it("receives the JSON half of what only superjson carries", async () => {
    const { url, broker } = await serve();
    const socket = await openPlain(url, "/subscribe/t");
    await broker.produce({ topic: "t", data: new Date(0) });
    await broker.produce({ topic: "t", data: { big: 7n } });
    expect(await socket.reach(2)).toEqual(["1970-01-01T00:00:00.000Z", '{"big":"7"}']);
  });

  it("starts where it is told to, in every form", async () => {
    const { url, broker } = await serve();
    const receipts = [];
    for (const data of ["1", "2", "3"]) receipts.push(await broker.produce({ topic: "t", data }));
    const time = receipts[0]?.time as number;
    for (const [from, expected] of [
      ["earliest", ["1", "2", "3"]],
      ["latest", []],
      [receipts[1]?.cursor as string, ["3"]],
      ["offset:1", ["2", "3"]],
      ["last:1", ["3"]],
      [`time:${time}`, ["1", "2", "3"]],
      [new Date(time).toISOString(), ["1", "2", "3"]],
      ["2100-01-01", []],
    ] as const) {
      const socket = await openPlain(url, `/subscribe/t?until=now&from=${encodeURIComponent(from)}`);
      expect(await socket.end()).toEqual({ code: 1000, reason: "" });
      expect(socket.messages).toEqual(expected);
    }
  });

  it("takes a pattern", async () => {
    const { url, broker } = await serve();
    const socket = await openPlain(url, `/subscribe/${encodeURIComponent("orders.>")}`);
    for (const topic of ["orders.created", "other", "orders.a.b"])
      await broker.produce({ topic, data: topic });
    expect(await socket.reach(2)).toEqual(["orders.created", "orders.a.b"]);
  });

  it("may send texts and bytes, which are logged and never an error", async () => {
    const logger = recordingLogger();
    const { url, broker } = await serve({ logger });
    const socket = await openPlain(url, "/subscribe/t");
    socket.socket.send("This is a new event");
    socket.socket.send(Buffer.from([0, 1, 2]));
    socket.socket.send("");
    const said = (): unknown[] => logger.lines.filter(({ fields }) => "bytes" in fields);
    await until(() => said().length === 3, "three lines are logged");
    expect(said()).toMatchObject([
      { level: "info", fields: { topic: "t", bytes: 19, isBinary: false } },
      { level: "info", fields: { topic: "t", bytes: 3, isBinary: true } },
      { level: "info", fields: { topic: "t", bytes: 0, isBinary: false } },
    ]);
    await broker.produce({ topic: "t", data: "still here" });
    expect(await socket.reach(1)).toEqual(["still here"]);
  });

  it("misses nothing that is produced once it is open", async () => {
    const { url, broker } = await serve();
    for (let round = 0; round < 20; round++) {
      const socket = await openPlain(url, "/subscribe/t");
      await broker.produce({ topic: "t", data: `round ${round}` });
      expect(await socket.reach(1)).toEqual([`round ${round}`]);
      socket.socket.terminate();
    }
  });

  it("is let go of when it closes, politely or not", async () => {
    const { url, broker } = await serve();
    const polite = await openPlain(url, "/subscribe/t");
    const rude = await openPlain(url, "/subscribe/t");
    expect(broker.subscriberCount).toBe(2);
    polite.socket.close();
    rude.socket.terminate();
    await until(() => broker.subscriberCount === 0, "both are gone");
  });

  it("passes over gaps when asked to, and closes with 4410 when not", async () => {
    const topics = defineTopics({ t: { schema: z.string(), retention: { maxEvents: 1 } } });
    const { url, broker } = await serve({ topics });
    for (const data of ["1", "2", "3"]) await broker.produce({ topic: "t", data });
    for (const onGap of ["earliest", "report"]) {
      const socket = await openPlain(url, `/subscribe/t?from=offset:0&onGap=${onGap}`);
      expect(await socket.reach(1)).toEqual(["3"]);
    }
    const failing = await openPlain(url, "/subscribe/t?from=offset:0");
    expect(await failing.end()).toEqual({ code: 4410, reason: "GAP" });
    expect(failing.messages).toEqual([]);
    await turns();
    expect(broker.subscriberCount).toBe(2);
  });
});
