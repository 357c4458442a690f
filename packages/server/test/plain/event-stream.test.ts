import { EventSource } from "eventsource";
import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { defineTopics } from "../../src/topics/index.js";
import { get, openStream } from "../support/plain.js";
import { startProxy } from "../support/tcp-proxy.js";
import { serve } from "../support/serve.js";
import { until } from "../support/until.js";

const brief = defineTopics({ t: { schema: z.number(), retention: { maxEvents: 2 } } });

describe("GET /subscribe/<topic> as an event stream", () => {
  it("brings each event as JSON with its cursor as the id", async () => {
    const { url, broker } = await serve();
    await broker.produce({ topic: "t", data: { at: new Date(0) }, key: "k" });
    const stream = await openStream(url, "/subscribe/t?from=earliest");
    expect(stream.status).toBe(200);
    expect(stream.headers).toMatchObject({
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": expect.stringContaining("no-cache") as string,
    });
    await stream.reach(1);
    await broker.produce({ topic: "t", data: "line\nbreaks\r\nand ü" });
    const events = await stream.reach(2);
    expect(events).toMatchObject([
      { topic: "t", offset: 1, key: "k", data: { at: "1970-01-01T00:00:00.000Z" } },
      { topic: "t", offset: 2, data: "line\nbreaks\r\nand ü" },
    ]);
    const ids = stream.frames.filter(({ data }) => data !== undefined).map(({ id }) => id);
    expect(ids).toEqual(events.map(({ cursor }) => cursor));
  });

  it("says where it starts before the first event, so that a cut then loses nothing", async () => {
    const { url, broker } = await serve();
    await broker.produce({ topic: "t", data: 1 });
    const stream = await openStream(url, "/subscribe/t");
    await until(() => stream.frames.length > 0, "the start is there");
    expect(stream.frames[0]).toEqual({ id: `${broker.epoch}-1` });
  });

  it("resumes after Last-Event-ID, before anything that from says", async () => {
    const { url, broker } = await serve();
    for (const data of [1, 2, 3]) await broker.produce({ topic: "t", data });
    const resume = { "last-event-id": `${broker.epoch}-1` };
    const stream = await openStream(url, "/subscribe/t?from=earliest", resume);
    expect((await stream.reach(2)).map(({ data }) => data)).toEqual([2, 3]);
  });

  it("resumes by itself in an EventSource that was cut, even before its first event", async () => {
    const { url, broker } = await serve();
    await broker.produce({ topic: "t", data: "before" });
    const proxy = await startProxy(url);
    const sources = [
      new EventSource(`${proxy.url}/subscribe/t`),
      new EventSource(`${proxy.url}/subscribe/t`),
    ];
    onTestFinished(() => sources.forEach((source) => source.close()));
    const seen = sources.map((source) => {
      const data: unknown[] = [];
      source.addEventListener("message", (event) =>
        data.push((JSON.parse(String(event.data)) as { data: unknown }).data),
      );
      return data;
    });
    await until(() => sources.every(({ readyState }) => readyState === EventSource.OPEN), "both are open");
    await broker.produce({ topic: "t", data: 1 });
    await until(() => seen.every(({ length }) => length === 1), "the first event is there");
    proxy.cut();
    await broker.produce({ topic: "t", data: 2 });
    await until(() => seen.every(({ length }) => length === 2), "they have resumed");
    expect(seen).toEqual([
      [1, 2],
      [1, 2],
    ]);
  });

  it("ends after the past when asked to", async () => {
    const { url, broker } = await serve();
    for (const data of [1, 2]) await broker.produce({ topic: "t", data });
    const stream = await openStream(url, "/subscribe/t?from=earliest&until=now");
    await until(() => stream.isEnded, "it has ended");
    expect(stream.events.map(({ data }) => data)).toEqual([1, 2]);
    expect(broker.subscriberCount).toBe(0);
  });

  it("names a gap as such, with the cursor to carry on at", async () => {
    const { url, broker } = await serve({ topics: brief });
    for (const data of [1, 2, 3, 4]) await broker.produce({ topic: "t", data });
    const stream = await openStream(url, "/subscribe/t?from=offset:1&onGap=report");
    await stream.reach(2);
    const gap = stream.frames.find(({ event }) => event === "gap");
    const { epoch } = broker;
    expect(gap?.id).toBe(`${epoch}-2`);
    expect(JSON.parse(gap?.data as string)).toEqual({
      type: "gap",
      requested: `${epoch}-1`,
      earliest: 3,
      epoch,
      cursor: `${epoch}-2`,
    });
  });

  it("answers with the status of what is wrong with its start", async () => {
    const { url, broker } = await serve({ topics: brief });
    for (const data of [1, 2, 3, 4]) await broker.produce({ topic: "t", data });
    const accept = { accept: "text/event-stream" };
    for (const [query, status, code] of [
      ["from=offset:1", 410, "GAP"],
      ["from=zzzzzzzz-1", 410, "GAP"],
      ["from=offset:99", 400, "CURSOR_INVALID"],
      ["from=zzzzzzzz-1&onGap=earliest&until=now", 200, undefined],
      ["from=nope", 400, "CURSOR_INVALID"],
      ["onGap=nope", 400, "INPUT_INVALID"],
    ] as const) {
      expect(await get(`${url}/subscribe/t?${query}`, accept)).toMatchObject({
        status,
        body: code === undefined ? {} : { code },
      });
    }
    expect(broker.subscriberCount).toBe(0);
  });

  it("tells of a failure in the middle as an event of that name", async () => {
    const { url, broker } = await serve();
    const stream = await openStream(url, "/subscribe/t");
    await broker.close();
    await until(() => stream.isEnded, "it has ended");
    const failure = stream.frames.find(({ event }) => event === "failure");
    expect(JSON.parse(failure?.data ?? "{}")).toMatchObject({ code: "SHUTTING_DOWN" });
  });

  it("asks for the header when it is missing", async () => {
    const { url } = await serve();
    expect(await get(`${url}/subscribe/t`)).toMatchObject({ status: 400, body: { code: "INPUT_INVALID" } });
  });

  it("is let go of when the client leaves", async () => {
    const { url, broker } = await serve();
    const stream = await openStream(url, "/subscribe/t");
    await until(() => broker.subscriberCount === 1, "it is there");
    stream.destroy();
    await until(() => broker.subscriberCount === 0, "it is gone");
  });
});
