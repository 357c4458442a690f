import { describe, expect, it } from "vitest";
import { get, openPlain, openStream, refusedUpgrade } from "../support/plain.js";
import {
  collect,
  rtmsgOf,
  stockHttpClient,
  stockSocketClient,
  type StockClient,
} from "../support/stock-client.js";
import { serve } from "../support/serve.js";
import { until } from "../support/until.js";
import { errorFixture, tellsSecrets, type Fixture } from "./fixture.js";

/** Where to start, as tRPC and as text say it; what cannot be said as text is left out. */
interface Case {
  readonly name: string;
  readonly topic: string;
  readonly from?: unknown;
  readonly text?: string | undefined;
  readonly code: string;
  readonly status: number;
  readonly details?: (epoch: string) => Record<string, unknown>;
}

const cases: readonly Case[] = [
  { name: "a name that is none", topic: "no topic", text: "", code: "TOPIC_INVALID", status: 400 },
  { name: "a pattern that is none", topic: "a.>.b", text: "", code: "TOPIC_INVALID", status: 400 },
  { name: "an undeclared topic", topic: "nope", text: "", code: "TOPIC_UNKNOWN", status: 404 },
  {
    name: "a pattern that nothing declared matches",
    topic: "x.y.*",
    text: "",
    code: "TOPIC_UNKNOWN",
    status: 404,
  },
  {
    name: "a cursor that is none",
    topic: "brief",
    from: { cursor: "K3v9x2ab-1" },
    text: "K3v9x2ab-1",
    code: "CURSOR_INVALID",
    status: 400,
  },
  {
    name: "a cursor with a leading zero",
    topic: "brief",
    from: { cursor: "k3v9x2ab-01" },
    text: "k3v9x2ab-01",
    code: "CURSOR_INVALID",
    status: 400,
  },
  {
    name: "an offset past the end",
    topic: "brief",
    from: { offset: 99 },
    text: "offset:99",
    code: "CURSOR_INVALID",
    status: 400,
  },
  {
    name: "a cursor past the end",
    topic: "brief",
    from: { cursor: "EPOCH-99" },
    text: "EPOCH-99",
    code: "CURSOR_INVALID",
    status: 400,
  },
  {
    name: "what was trimmed",
    topic: "brief",
    from: { offset: 1 },
    text: "offset:1",
    code: "GAP",
    status: 410,
    details: (epoch) => ({ requested: `${epoch}-1`, earliest: 3, epoch }),
  },
  {
    name: "a cursor of another log",
    topic: "any",
    from: { cursor: "zzzzzzzz-1" },
    text: "zzzzzzzz-1",
    code: "GAP",
    status: 410,
    details: (epoch) => ({ requested: "zzzzzzzz-1", earliest: 4, epoch }),
  },
  {
    name: "a cursor of another log on a topic without events",
    topic: "orders",
    from: { cursor: "zzzzzzzz-1" },
    text: "zzzzzzzz-1",
    code: "GAP",
    status: 410,
    details: (epoch) => ({ requested: "zzzzzzzz-1", earliest: null, epoch }),
  },
  { name: "a start that is none", topic: "any", from: "first", code: "INPUT_INVALID", status: 400 },
  { name: "a start as text that is none", topic: "any", text: "first", code: "CURSOR_INVALID", status: 400 },
  {
    name: "two starts at once",
    topic: "any",
    from: { offset: 1, last: 1 },
    code: "INPUT_INVALID",
    status: 400,
  },
  { name: "a negative offset", topic: "any", from: { offset: -1 }, code: "INPUT_INVALID", status: 400 },
  {
    name: "an offset that is no integer",
    topic: "any",
    from: { offset: 1.5 },
    code: "INPUT_INVALID",
    status: 400,
  },
];

interface Failure {
  readonly status: unknown;
  readonly body: Record<string, unknown>;
}

const trpcFailure = (error: unknown): Failure => {
  const { httpStatus, ...body } = rtmsgOf(error);
  return { status: httpStatus, body: { ...body, message: (error as Error).message } };
};

function query(text: string | undefined): string {
  return text === undefined || text === "" ? "" : `?from=${encodeURIComponent(text)}`;
}

type Ask = (fixture: Fixture, asked: Case) => Promise<Failure>;
type Input = Parameters<StockClient["subscribe"]["subscribe"]>[0];

const subscribe =
  (connect: (url: string) => StockClient, procedure: "subscribe" | "subscribeBatch"): Ask =>
  async ({ url }, { topic, from }) =>
    trpcFailure(await collect(connect(url), { topic, from } as Input, procedure).failed());

const history =
  (connect: (url: string) => StockClient): Ask =>
  async ({ url }, { topic, from }) => {
    const failing = connect(url).history.query({ topic, from } as Input);
    return trpcFailure(
      await failing.then(
        () => undefined,
        (error: unknown) => error,
      ),
    );
  };

const socket = (url: string): StockClient => stockSocketClient(url).trpc;
const http = (url: string): StockClient => stockHttpClient(url);
const batch = (url: string): StockClient => stockHttpClient(url, { batch: true });

/** Statuses that tRPC has no code for travel as another. */
const NEAREST: Readonly<Record<number, number>> = { 410: 412 };

const typed: Readonly<Record<string, Ask>> = {
  "subscribe over wsLink": subscribe(socket, "subscribe"),
  "subscribeBatch over wsLink": subscribe(socket, "subscribeBatch"),
  "history over wsLink": history(socket),
  "history over httpBatchLink": history(batch),
};

const plain: Readonly<Record<string, Ask>> = {
  "GET /topics/:topic/events": ({ url }, { topic, text }) =>
    get(`${url}/topics/${encodeURIComponent(topic)}/events${query(text)}`),
  "GET /subscribe/:topic as an event stream": ({ url }, { topic, text }) =>
    get(`${url}/subscribe/${encodeURIComponent(topic)}${query(text)}`, { accept: "text/event-stream" }),
};

function check({ status, body }: Failure, asked: Case, epoch: string, expected: unknown): void {
  expect(status).toBe(expected);
  expect(body).toMatchObject({ ...asked.details?.(epoch), code: asked.code });
  expect(body["message"]).toMatch(/^[A-Z"].{10,400}[^.]$/s);
  expect(tellsSecrets(JSON.stringify(body))).toBe(false);
}

/** The case with the log's own epoch in its cursors. */
function withEpoch(asked: Case, epoch: string): Case {
  return JSON.parse(JSON.stringify(asked).replaceAll("EPOCH", epoch)) as Case;
}

describe.each(Object.entries(typed))("what is wrong with a start, over %s", (_, ask) => {
  it.each(cases.filter(({ from, topic, text }) => from !== undefined || text === "" || topic === "nope"))(
    "$name is $code",
    async (asked) => {
      const fixture = await errorFixture();
      const failure = await ask(fixture, withEpoch(asked, fixture.epoch));
      check(failure, asked, fixture.epoch, NEAREST[asked.status] ?? asked.status);
      expect(fixture.log.filter(({ level }) => level === "error")).toEqual([]);
    },
  );
});

describe("what is wrong with a start, over httpLink", () => {
  it.each(cases.filter(({ from }) => from !== undefined))(
    "$name is $code, with its own status",
    async (asked) => {
      const fixture = await errorFixture();
      const { from } = withEpoch(asked, fixture.epoch);
      const input = encodeURIComponent(JSON.stringify({ json: { topic: asked.topic, from } }));
      const { status, body } = await get(`${fixture.url}/trpc/history?input=${input}`);
      expect(status).toBe(asked.status);
      expect(body).toMatchObject({
        error: { json: { data: { rtmsg: { ...asked.details?.(fixture.epoch), code: asked.code } } } },
      });
    },
  );
});

describe("what is wrong with a start, over httpSubscriptionLink", () => {
  it.each(cases.filter(({ from, text }) => from !== undefined || text === ""))(
    "$name is $code",
    async (asked) => {
      const fixture = await errorFixture();
      const failure = await subscribe(http, "subscribe")(fixture, withEpoch(asked, fixture.epoch));
      check(failure, asked, fixture.epoch, NEAREST[asked.status] ?? asked.status);
    },
  );
});

describe.each(Object.entries(plain))("what is wrong with a start, over %s", (_, ask) => {
  it.each(cases.filter(({ text }) => text !== undefined))("$name is $code", async (asked) => {
    const fixture = await errorFixture();
    const failure = await ask(fixture, withEpoch(asked, fixture.epoch));
    check(failure, asked, fixture.epoch, asked.status);
  });
});

describe("what is wrong with a start, over the plain WebSocket", () => {
  const told = cases.filter(({ text }) => text !== undefined);
  const isLate = ({ code, text }: Case): boolean =>
    code === "GAP" || (code === "CURSOR_INVALID" && text?.endsWith("99") === true);

  it.each(told.filter((asked) => !isLate(asked)))("$name is $code: the upgrade is refused", async (asked) => {
    const fixture = await errorFixture();
    const failure = await refusedUpgrade(
      fixture.url,
      `/subscribe/${encodeURIComponent(asked.topic)}${query(asked.text)}`,
    );
    check(failure, asked, fixture.epoch, asked.status);
  });

  it.each(told.filter(isLate))(
    "$name is $code: the socket closes with 4000 and the status",
    async (asked) => {
      const fixture = await errorFixture();
      const { topic, text, status, code } = withEpoch(asked, fixture.epoch);
      const opened = await openPlain(fixture.url, `/subscribe/${topic}${query(text)}`);
      expect(await opened.end()).toEqual({ code: 4_000 + status, reason: code });
      expect(opened.messages).toEqual([]);
    },
  );

  it("a path that is none is refused with 404", async () => {
    const { url } = await errorFixture();
    for (const path of ["/", "/nope", "/subscribe", "/subscribe/a/b", "/produce/any"]) {
      expect(await refusedUpgrade(url, path)).toMatchObject({ status: 404, body: { code: "INPUT_INVALID" } });
    }
  });
});

describe("what is wrong with a question about topics", () => {
  it.each([
    ["no topic", "TOPIC_INVALID", 400],
    ["many.*", "TOPIC_INVALID", 400],
    ["nope", "TOPIC_UNKNOWN", 404],
  ])("topics.get of %j is %s", async (topic, code, status) => {
    const { url } = await errorFixture();
    for (const trpc of [socket(url), http(url), batch(url)]) {
      const failing = await trpc.topics.get.query({ topic }).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(rtmsgOf(failing)).toMatchObject({ code, httpStatus: status });
    }
    const answer = await get(`${url}/topics/${encodeURIComponent(topic)}`);
    expect(answer).toMatchObject({ status, body: { code } });
  });

  it.each([{ limit: 0 }, { limit: 1_001 }, { limit: "x" }, { prefix: 1 }, { after: "x".repeat(256) }, 7, []])(
    "topics.list of %j is INPUT_INVALID",
    async (input) => {
      const { url } = await errorFixture();
      for (const trpc of [socket(url), http(url)]) {
        const failing = await trpc.topics.list.query(input as object).then(
          () => undefined,
          (error: unknown) => error,
        );
        expect(rtmsgOf(failing)).toMatchObject({ code: "INPUT_INVALID", httpStatus: 400 });
      }
    },
  );
});

describe("a client that speaks another protocol", () => {
  it("is told PROTOCOL_UNSUPPORTED and let go, over wsLink", async () => {
    const { url } = await errorFixture();
    const opened = await openPlain(url, "/trpc?connectionParams=1");
    opened.socket.send(JSON.stringify({ method: "connectionParams", data: { protocol: "2" } }));
    const [message] = await opened.reach(1);
    expect(JSON.parse(message as string)).toMatchObject({
      id: null,
      error: { json: { data: { httpStatus: 400, rtmsg: { code: "PROTOCOL_UNSUPPORTED" } } } },
    });
    expect(await opened.end()).toEqual({ code: 4_400, reason: "PROTOCOL_UNSUPPORTED" });
  });

  it("is told PROTOCOL_UNSUPPORTED, over httpSubscriptionLink", async () => {
    const { url } = await errorFixture();
    const trpc = stockHttpClient(url, { connectionParams: { protocol: "2" } });
    expect(rtmsgOf(await collect(trpc, { topic: "any" }).failed())).toMatchObject({
      code: "PROTOCOL_UNSUPPORTED",
      httpStatus: 400,
    });
  });

  it("is served when it speaks this one, or says nothing", async () => {
    const { url } = await errorFixture();
    for (const connectionParams of [{ protocol: "1" }, {}, { other: "x" }]) {
      const trpc = stockHttpClient(url, { connectionParams });
      expect(await collect(trpc, { topic: "any", from: "earliest" }).reach(1)).toMatchObject([
        { data: "first" },
      ]);
    }
  });
});

describe("a reader of a broker that goes away", () => {
  it("is told so by every transport that can", async () => {
    const { url, broker } = await serve();
    const collected = collect(socket(url), { topic: "t" });
    const stream = await openStream(url, "/subscribe/t");
    const opened = await openPlain(url, "/subscribe/t");
    await until(() => broker.subscriberCount === 3, "all have subscribed");
    await broker.close();
    expect(rtmsgOf(await collected.failed())).toMatchObject({ code: "SHUTTING_DOWN", httpStatus: 503 });
    expect(await opened.end()).toEqual({ code: 4503, reason: "SHUTTING_DOWN" });
    await until(() => stream.isEnded, "the stream has ended");
    expect(stream.frames.at(-1)).toMatchObject({ event: "failure" });
    expect(await refusedUpgrade(url, "/subscribe/t")).toMatchObject({ status: 503 });
    expect(await get(`${url}/topics`)).toMatchObject({ status: 503, body: { code: "SHUTTING_DOWN" } });
  });
});
