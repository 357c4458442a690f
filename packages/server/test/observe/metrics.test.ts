import { connect, type Socket } from "node:net";
import { once } from "node:events";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { isRtmsgError } from "../../src/protocol/error.js";
import type { TestServer } from "../../src/testing/index.js";
import { defineTopics } from "../../src/topics/index.js";
import { get, openPlain, openStream, produce, refusedUpgrade } from "../support/plain.js";
import { rawConnection, upgradeHead } from "../support/raw-http.js";
import { serve } from "../support/serve.js";
import { collect, failureOf, stockHttpClient, stockSocketClient } from "../support/stock-client.js";
import { until } from "../support/until.js";

const topics = defineTopics({
  orders: { schema: z.number(), retention: { maxEvents: 10 } },
  "chat.*": z.string(),
});

/** The samples of a scrape: `name{labels}` to value. */
type Samples = ReadonlyMap<string, number>;

async function scrape(url: string): Promise<Samples> {
  const { status, text, headers } = await get(`${url}/metrics`);
  expect(status).toBe(200);
  expect(headers["content-type"]).toMatch(/^text\/plain; version=0\.0\.4/);
  const samples = new Map<string, number>();
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const end = line.lastIndexOf(" ");
    samples.set(line.slice(0, end), Number(line.slice(end + 1)));
  }
  return samples;
}

/** How much each sample grew; those that did not, and what is about this process, are left out. */
function growth(before: Samples, after: Samples, names: RegExp): Record<string, number> {
  const grown: Record<string, number> = {};
  for (const [name, value] of after) {
    const by = value - (before.get(name) ?? 0);
    if (by !== 0 && names.test(name)) grown[name] = by;
  }
  return grown;
}

let server: TestServer;
let url: string;

beforeEach(async () => {
  server = (await serve({ topics, undeclaredTopics: "allow" })) as unknown as TestServer;
  ({ url } = server);
});

const EVENTS = /^rtmsg_(events|dedupe|refusals|commit_events_(sum|count)|commit_duration_seconds_count)/;

describe("/metrics", () => {
  test("counts what is produced, over every transport", async () => {
    const { trpc } = stockSocketClient(url);
    const before = await scrape(url);
    await trpc.produce.mutate({ topic: "orders", data: 1 });
    await trpc.produceBatch.mutate({
      events: [
        { topic: "chat.a", data: "x" },
        { topic: "chat.b", data: "y" },
        { topic: "orders", data: "no number" },
      ],
    });
    await stockHttpClient(url).produce.mutate({ topic: "orders", data: 2 });
    await stockHttpClient(url, { batch: true }).produce.mutate({ topic: "orders", data: 3, id: "a" });
    await trpc.produce.mutate({ topic: "orders", data: 3, id: "a" });
    await produce(url, "elsewhere", { any: "thing" });
    await produce(url, "orders", 4);
    await server.broker.produce({ topic: "orders", data: 5 });
    expect(growth(before, await scrape(url), EVENTS)).toEqual({
      'rtmsg_events_produced_total{topic="orders"}': 5,
      'rtmsg_events_produced_total{topic="chat.*"}': 2,
      'rtmsg_events_produced_total{topic="(undeclared)"}': 1,
      rtmsg_dedupe_hits_total: 1,
      'rtmsg_refusals_total{code="DATA_INVALID"}': 1,
      rtmsg_commit_events_sum: 8,
      rtmsg_commit_events_count: 7,
      rtmsg_commit_duration_seconds_count: 7,
    });
  });

  test("counts what is delivered, live and of the past, over every transport", async () => {
    for (const data of [1, 2, 3]) await server.broker.produce({ topic: "orders", data });
    const before = await scrape(url);
    const from = "earliest" as const;
    const socket = stockSocketClient(url).trpc;
    const collected = [
      collect(socket, { topic: "orders", from }),
      collect(socket, { topic: "orders", from }),
      collect(stockHttpClient(url), { topic: "orders", from }),
    ];
    const batched = collect<unknown[]>(stockSocketClient(url).trpc, { topic: ">", from }, "subscribeBatch");
    const plain = await openPlain(url, "/subscribe/orders?from=earliest");
    const stream = await openStream(url, "/subscribe/orders?from=earliest");
    const local = server.broker.subscribe({ topic: "orders", from })[Symbol.asyncIterator]();
    for (let event = 0; event < 3; event++) await local.next();
    for (const one of collected) await one.reach(3);
    await Promise.all([plain.reach(3), stream.reach(3)]);
    const fourth = local.next();
    await until(() => server.broker.progress.live === 7, "all are live");
    await server.broker.produce({ topic: "orders", data: 4 });
    await server.broker.produce({ topic: "chat.a", data: "only for >" });
    await fourth;
    for (const one of collected) await one.reach(4);
    await Promise.all([plain.reach(4), stream.reach(4)]);
    await until(() => batched.items.flat().length === 5, "the batched one has them too");
    const after = await scrape(url);
    expect(growth(before, after, /delivered/)).toEqual({
      'rtmsg_events_delivered_total{topic="orders",transport="trpc"}': 12,
      'rtmsg_events_delivered_total{topic="chat.*",transport="trpc"}': 1,
      'rtmsg_events_delivered_total{topic="orders",transport="trpc_http"}': 4,
      'rtmsg_events_delivered_total{topic="orders",transport="websocket"}': 4,
      'rtmsg_events_delivered_total{topic="orders",transport="sse"}': 4,
      'rtmsg_events_delivered_total{topic="orders",transport="local"}': 4,
    });
    expect(growth(before, after, /subscriptions|_connections/)).toEqual({
      'rtmsg_subscriptions{phase="live"}': 7,
      'rtmsg_connections{transport="trpc",state="open"}': 2,
      'rtmsg_connections{transport="trpc_http",state="open"}': 1,
      'rtmsg_connections{transport="websocket",state="open"}': 1,
      'rtmsg_connections{transport="sse",state="open"}': 1,
    });
  });

  test("counts the bytes that each transport carried, to the byte", async () => {
    const before = await scrape(url);
    const sockets = new Map<string, Socket>();
    const talk = async (transport: string, request: string, answer: RegExp): Promise<void> => {
      const raw = await rawConnection(url);
      raw.write(request);
      await raw.receive(answer);
      sockets.set(transport, raw.socket);
    };
    await talk("websocket", upgradeHead("/subscribe/orders"), /\r\n\r\n/);
    await talk("trpc", upgradeHead("/trpc"), /\r\n\r\n/);
    const head = "Host: localhost\r\n";
    await talk("sse", `GET /subscribe/orders HTTP/1.1\r\n${head}Accept: text/event-stream\r\n\r\n`, /id: /);
    await talk("trpc_http", `GET /trpc/server.info HTTP/1.1\r\n${head}\r\n`, /"epoch"/);
    await until(() => server.broker.progress.live === 2, "both are live");
    await server.broker.produce({ topic: "orders", data: 7 });
    await until(() => server.broker.telemetry.topics.of("orders").delivered.sse === 1, "it is delivered");
    // What was delivered has to arrive before it can be compared.
    let after = await scrape(url);
    const expected = (kind: "sent" | "received"): Record<string, number> =>
      Object.fromEntries(
        Array.from(sockets, ([transport, socket]) => [
          `rtmsg_${kind}_bytes_total{transport="${transport}"}`,
          kind === "sent" ? socket.bytesRead : socket.bytesWritten,
        ]),
      );
    await until(async () => {
      after = await scrape(url);
      const sent = growth(before, after, /sent_bytes_total(?!.*"http")/);
      return Object.entries(expected("sent")).every(([name, bytes]) => sent[name] === bytes);
    }, "the client has all that was sent");
    expect(growth(before, after, /received_bytes_total(?!.*"http")/)).toEqual(expected("received"));
    expect(growth(before, after, /sent_bytes_total(?!.*"http")/)).toEqual(expected("sent"));
  });

  test("counts every byte of plain requests, on connections that carry many", async () => {
    const body = JSON.stringify(1);
    const post = `POST /produce/orders HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    onTestFinished(() => void socket.destroy());
    let text = "";
    socket.on("data", (chunk: Buffer) => (text += chunk.toString()));
    await once(socket, "connect");
    for (let request = 1; request <= 3; request++) {
      socket.write(post);
      await until(() => text.split('"duplicate"').length === request + 1, "it is answered");
    }
    await until(() => [...server.broker.telemetry.connections.all()].length === 0, "all are answered");
    const bytes = server.broker.telemetry.connections.byTransport().get("http")?.bytes;
    expect(bytes).toEqual({ received: 3 * post.length, sent: socket.bytesRead });
  });

  test("counts refusals by their code", async () => {
    const { trpc } = stockSocketClient(url);
    const before = await scrape(url);
    await failureOf(trpc.produce.mutate({ topic: "orders", data: "x" }));
    await failureOf(stockHttpClient(url).history.query({ topic: "no good" }));
    await produce(url, "orders", "no number");
    await get(`${url}/nothing/here`);
    await get(`${url}/topics/absent`);
    await refusedUpgrade(url, "/subscribe/no%20good");
    await refusedUpgrade(url, "/nothing");
    await get(`${url}/topics`, { origin: "https://elsewhere.example" });
    const gone = await openPlain(url, `/subscribe/orders?from=${server.broker.epoch}-99`);
    await gone.end();
    expect(growth(before, await scrape(url), /refusals/)).toEqual({
      'rtmsg_refusals_total{code="DATA_INVALID"}': 2,
      'rtmsg_refusals_total{code="TOPIC_INVALID"}': 2,
      'rtmsg_refusals_total{code="INPUT_INVALID"}': 2,
      'rtmsg_refusals_total{code="TOPIC_UNKNOWN"}': 1,
      'rtmsg_refusals_total{code="FORBIDDEN"}': 1,
      'rtmsg_refusals_total{code="CURSOR_INVALID"}': 1,
    });
  });

  test("tells of the log, its trims, and a subscriber that is behind", async () => {
    for (let data = 1; data <= 12; data++) await server.broker.produce({ topic: "orders", data });
    const samples = await scrape(url);
    expect(samples.get("rtmsg_log_events")).toBe(10);
    expect(samples.get("rtmsg_log_topics")).toBe(1);
    expect(samples.get('rtmsg_events_trimmed_total{topic="orders"}')).toBe(2);
    expect(samples.get("rtmsg_log_bytes")).toBe((await server.broker.topics.get("orders")).bytes);
    expect(samples.get("rtmsg_log_file_bytes")).toBe(0);
    const local = server.broker.subscribe({ topic: "orders", from: { last: 4 } })[Symbol.asyncIterator]();
    await local.next();
    await server.broker.produce({ topic: "orders", data: 13 });
    expect(server.broker.progress).toEqual({ live: 0, catchingUp: 1, lag: 1, maxLag: 1 });
    await local.return?.();
    expect((await scrape(url)).get('rtmsg_subscriptions{phase="catch_up"}')).toBe(0);
  });

  test("has no label for a topic that is not declared", async () => {
    for (let index = 0; index < 20; index++) await server.broker.produce({ topic: `t${index}`, data: 1 });
    const named = [...(await scrape(url)).keys()].filter((name) => name.includes("topic="));
    expect(named.filter((name) => !name.includes("(undeclared)"))).toEqual([]);
  });

  test("can be read in the process", async () => {
    const { contentType, text } = await server.metrics();
    expect(contentType).toMatch(/^text\/plain/);
    expect(text).toContain('engine="memory",durability="memory"} 1');
    expect(
      isRtmsgError(
        await server
          .close()
          .then(() => server.metrics())
          .catch((error: unknown) => error),
        "SHUTTING_DOWN",
      ),
    ).toBe(true);
  });
});
