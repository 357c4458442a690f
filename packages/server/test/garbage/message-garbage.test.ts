import { describe, expect, it } from "vitest";
import { openPlain } from "../support/plain.js";
import { until } from "../support/until.js";
import { watchedServer } from "./healthy.js";
import { CALLERS_FAULT, produce, repliesOf, repliesTo } from "./trpc-messages.js";

describe("a message on tRPC's WebSocket that makes no sense", () => {
  it.each([
    ["no JSON", "hello"],
    ["half JSON", '{"id":1,'],
    ["nothing", ""],
    ["null", "null"],
    ["a number", "7"],
    ["a text", '"PING"'],
    ["an object without anything", "{}"],
    ["no method", '{"id":1,"params":{"path":"produce"}}'],
    ["a wrong method", '{"id":1,"method":"nope","params":{"path":"produce"}}'],
    ["a method that is a property of objects", '{"id":1,"method":"constructor","params":{"path":"produce"}}'],
    ["no params", '{"id":1,"method":"query"}'],
    ["params that are a list", '{"id":1,"method":"query","params":[]}'],
    ["no path", '{"id":1,"method":"query","params":{}}'],
    ["a path that is no text", '{"id":1,"method":"query","params":{"path":{}}}'],
    ["another jsonrpc", '{"id":1,"jsonrpc":"1.0","method":"query","params":{"path":"topics.list"}}'],
    ["an id that is an object", '{"id":{},"method":"query","params":{"path":"topics.list"}}'],
    ["an id that is a list", '{"id":[1],"method":"query","params":{"path":"topics.list"}}'],
    ["an id that is true", '{"id":true,"method":"query","params":{"path":"topics.list"}}'],
    ["an id that is null", '{"id":null,"method":"query","params":{"path":"topics.list"}}'],
    ["no id", '{"method":"query","params":{"path":"topics.list"}}'],
    [
      "a lastEventId that is no text",
      '{"id":1,"method":"subscription","params":{"path":"subscribe","lastEventId":7}}',
    ],
    ["an unknown procedure", '{"id":1,"method":"query","params":{"path":"nope"}}'],
    ["a procedure of the prototype", '{"id":1,"method":"query","params":{"path":"__proto__"}}'],
    ["a constructor for a procedure", '{"id":1,"method":"query","params":{"path":"constructor"}}'],
    ["a query that is a mutation", '{"id":1,"method":"query","params":{"path":"produce"}}'],
    ["a subscription that is a query", '{"id":1,"method":"subscription","params":{"path":"history"}}'],
    ["a mutation that is a subscription", '{"id":1,"method":"mutation","params":{"path":"subscribe"}}'],
    ["an input that is a number", '{"id":1,"method":"mutation","params":{"path":"produce","input":7}}'],
    [
      "an input that is a list",
      '{"id":1,"method":"mutation","params":{"path":"produce","input":{"json":[]}}}',
    ],
    ["a subscription without input", '{"id":1,"method":"subscription","params":{"path":"subscribe"}}'],
    ["a meta that lies", produce(1, "x", { meta: { values: { data: ["map"] } } })],
    ["a meta with an unknown type", produce(1, "x", { meta: { values: { data: ["nope"] } } })],
    ["a meta with a bigint that is none", produce(1, "x", { meta: { values: { data: ["bigint"] } } })],
    [
      "a meta that reaches for the prototype",
      produce(1, {}, { meta: { values: { "data.__proto__.x": ["Date"] } } }),
    ],
    [
      "a meta that reaches for the constructor",
      produce(1, {}, { meta: { values: { "constructor.prototype.x": ["Date"] } } }),
    ],
    [
      "equalities with the prototype",
      produce(1, {}, { meta: { referentialEqualities: { data: ["__proto__.x"] } } }),
    ],
    ["100,000 levels", '{"a":'.repeat(100_000) + "1" + "}".repeat(100_000)],
    [
      "100,000 levels of data",
      `{"id":1,"method":"mutation","params":{"path":"produce","input":{"json":{"topic":"t","data":${"[".repeat(100_000)}${"]".repeat(100_000)}}}}}`,
    ],
    [
      "100,000 levels of meta",
      produce(1, 1).replace(
        '"json"',
        `"meta":{"values":${'{"a":'.repeat(100_000)}["Date"]${"}".repeat(100_000)}},"json"`,
      ),
    ],
    [
      "a data with __proto__",
      '{"id":1,"method":"mutation","params":{"path":"produce","input":{"json":{"topic":"t","data":{"__proto__":{"polluted":1}}}}}}',
    ],
    ["a data with constructor", produce(1, { constructor: { prototype: { polluted: 1 } } })],
    [
      "an input with __proto__",
      '{"id":1,"method":"mutation","params":{"path":"produce","input":{"json":{"__proto__":{"topic":"t"},"data":1}}}}',
    ],
  ])("%s is answered with a code", async (_, text) => {
    const { url } = await watchedServer();
    const socket = await openPlain(url, "/trpc");
    const [reply, ...more] = await repliesTo(socket, text);
    expect(more).toEqual([]);
    expect(reply?.error?.json.data.rtmsg.code).toMatch(CALLERS_FAULT);
    // Whoever gave an id gets the answer under it.
    const own = text.startsWith('{"id":1,');
    if (own && /"method":"(query|mutation|subscription)"/.test(text)) expect(reply?.id).toBe(1);
    expect(JSON.stringify(reply)).not.toMatch(/node_modules|\.ts:|\.js:/);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  it.each([
    ["an empty batch", "[]"],
    ["the stop of a subscription that is not there", '{"id":99,"method":"subscription.stop"}'],
    ["the stop of an id that is a property of objects", '{"id":"constructor","method":"subscription.stop"}'],
    ["an unasked pong", "PONG"],
  ])("%s is passed over", async (_, text) => {
    const { url } = await watchedServer();
    expect(await repliesTo(await openPlain(url, "/trpc"), text)).toEqual([]);
  });

  it("in a batch is answered in its place, and spoils no other", async () => {
    const { url } = await watchedServer();
    const socket = await openPlain(url, "/trpc");
    const call = (id: number, path: string): object => ({ id, method: "query", params: { path } });
    const replies = await repliesTo(
      socket,
      JSON.stringify([
        call(1, "topics.list"),
        7,
        null,
        [call(9, "topics.list")],
        call(2, "nope"),
        call(3, "topics.list"),
      ]),
    );
    const codes = replies.map(({ id, error }) => [id, error?.json.data.rtmsg.code]);
    expect(codes).toHaveLength(6);
    expect(codes).toEqual(
      expect.arrayContaining([
        [1, undefined],
        [null, "INPUT_INVALID"],
        [2, "INPUT_INVALID"],
        [3, undefined],
      ]),
    );
  });

  it("in a batch that is too long is answered call by call", async () => {
    const { url } = await watchedServer();
    const socket = await openPlain(url, "/trpc");
    const calls = Array.from({ length: 10_001 }, (_, id) => ({
      id,
      method: "query",
      params: { path: "topics.list" },
    }));
    const replies = await repliesTo(socket, JSON.stringify(calls));
    expect(replies).toHaveLength(10_001);
    expect(replies.every(({ error }) => error?.json.data.rtmsg.code === "LIMIT_EXCEEDED")).toBe(true);
  });

  it("takes any text or number for an id, however huge", async () => {
    const { url } = await watchedServer();
    const socket = await openPlain(url, "/trpc");
    for (const id of [
      "",
      "x".repeat(100_000),
      '"quoted"\n\u2028',
      1e308,
      -1.5,
      0,
      Number.MAX_SAFE_INTEGER,
      "__proto__",
    ]) {
      socket.messages.length = 0;
      const call = { id, method: "query", params: { path: "topics.list" } };
      const subscription = {
        id,
        method: "subscription",
        params: { path: "subscribe", input: { json: { topic: "healthy", from: "earliest", until: "now" } } },
      };
      const replies = await repliesTo(socket, JSON.stringify(call), JSON.stringify(subscription));
      await until(
        () => repliesOf(socket).some(({ result }) => result?.type === "stopped"),
        "the subscription has ended",
      );
      expect(replies[0]?.id).toEqual(id);
      const types = repliesOf(socket)
        .filter((reply) => reply.id === id)
        .map(({ result }) => result?.type);
      expect(types).toEqual(expect.arrayContaining(["started", "data", "stopped"]));
    }
  });
});

describe("an event that nobody could read again", () => {
  it.each(["__proto__", "constructor", "prototype"])(
    "is refused for its header %s, and spoils no reading of the past",
    async (name) => {
      const { url } = await watchedServer();
      const socket = await openPlain(url, "/trpc");
      const event = `{"topic":"t","data":1,"headers":{"${name}":"x"}}`;
      const call = (id: number, path: string, json: string): string =>
        `{"id":${id},"method":"${path === "history" ? "query" : "mutation"}","params":{"path":"${path}","input":{"json":${json}}}}`;
      const replies = await repliesTo(
        socket,
        call(1, "produce", event),
        call(2, "produceBatch", `{"events":[${event},{"topic":"t","data":2}]}`),
      );
      expect(replies.find(({ id }) => id === 1)?.error?.json.data.rtmsg.code).toBe("INPUT_INVALID");
      const past = (await repliesTo(socket, call(3, "history", '{"topic":"t"}'))).find(({ id }) => id === 3);
      expect(JSON.stringify(past?.result?.data?.json)).toContain('"data":2');
    },
  );
});
