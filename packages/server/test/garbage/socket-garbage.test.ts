import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openPlain, type PlainSocket } from "../support/plain.js";
import { clientFrame, rawConnection, upgradeHead } from "../support/raw-http.js";
import { until } from "../support/until.js";
import { watchedServer } from "./healthy.js";

/** A message of tRPC, as far as these tests look at it. */
interface Reply {
  readonly id: number | string | null;
  readonly result?: { readonly type: string; readonly data?: { readonly json: unknown } };
  readonly error?: {
    readonly json: { readonly message: string; readonly data: { readonly rtmsg: { readonly code: string } } };
  };
}

const CALLERS_FAULT =
  /^(INPUT_INVALID|TOPIC_INVALID|DATA_INVALID|EVENT_TOO_LARGE|CURSOR_INVALID|TOPIC_UNKNOWN)$/;

const repliesOf = (socket: PlainSocket): Reply[] => socket.messages.map((text) => JSON.parse(text) as Reply);

/** Sends texts, then a call that must be answered, and returns what came before that answer. */
async function repliesTo(socket: PlainSocket, ...texts: (string | Uint8Array)[]): Promise<Reply[]> {
  for (const text of texts) socket.socket.send(text);
  const id = `probe ${Math.random()}`;
  socket.socket.send(JSON.stringify({ id, method: "query", params: { path: "topics.list" } }));
  await until(() => repliesOf(socket).some((reply) => reply.id === id), "the probe is answered");
  return repliesOf(socket).filter((reply) => !String(reply.id).startsWith("probe"));
}

const produce = (id: unknown, data: unknown, more: object = {}): string =>
  JSON.stringify({
    id,
    method: "mutation",
    params: { path: "produce", input: { json: { topic: "t", data }, ...more } },
  });

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
    const calls = Array.from({ length: 1_001 }, (_, id) => ({
      id,
      method: "query",
      params: { path: "topics.list" },
    }));
    const replies = await repliesTo(socket, JSON.stringify(calls));
    expect(replies).toHaveLength(1_001);
    expect(replies.every(({ error }) => error?.json.data.rtmsg.code === "INPUT_INVALID")).toBe(true);
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

describe("frames that are no messages", () => {
  it("in binary are answered with a code, and not taken for JSON that they may hold", async () => {
    const { url } = await watchedServer();
    const socket = await openPlain(url, "/trpc");
    const replies = await repliesTo(socket, Buffer.from([0, 1, 2, 255]), Buffer.alloc(100_000));
    expect(replies).toHaveLength(2);
    for (const { id, error } of replies) {
      expect([id, error?.json.data.rtmsg.code]).toEqual([null, "INPUT_INVALID"]);
    }
  });

  it.each(["/trpc", "/subscribe/t"])("of 20 MB close the socket with 1009, on %s", async (path) => {
    const { url, check } = await watchedServer();
    const socket = await openPlain(url, path);
    socket.socket.send("x".repeat(20_000_000));
    expect((await socket.end()).code).toBe(1009);
    await check();
  });

  it.each(["/trpc", "/subscribe/t"])(
    "of 20 MB in fragments close the socket with 1009, on %s",
    async (path) => {
      const { url } = await watchedServer();
      const socket = await openPlain(url, path);
      for (let part = 0; part < 20; part++) socket.socket.send("x".repeat(1_000_000), { fin: part === 19 });
      expect((await socket.end()).code).toBe(1009);
    },
  );

  it("of 8 MB are answered", async () => {
    const { url } = await watchedServer();
    const socket = await openPlain(url, "/trpc");
    const [reply] = await repliesTo(socket, produce(1, "x".repeat(8_000_000)));
    expect(reply).toMatchObject({
      id: 1,
      error: { json: { data: { rtmsg: { code: "EVENT_TOO_LARGE", limit: 1_048_576 } } } },
    });
  });

  it.each([
    ["invalid UTF-8", clientFrame(Buffer.from([0xc3, 0x28])), 1007],
    ["an unknown opcode", clientFrame("x", { opcode: 3 }), 1002],
    ["a continuation of nothing", clientFrame("x", { opcode: 0 }), 1002],
    ["a long ping", clientFrame("x".repeat(200), { opcode: 9 }), 1002],
    ["a frame without a mask", Buffer.from([0x81, 0x01, 0x78]), 1002],
    ["reserved bits", Buffer.from([0xf1, 0x81, 1, 2, 3, 4, 0]), 1002],
    [
      "a length beyond all measure",
      Buffer.from([0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
      1009,
    ],
    ["a close with a wrong code", clientFrame(Buffer.from([0, 1]), { opcode: 8 }), 1002],
  ])("but %s close the socket with a code", async (_, bytes, code) => {
    const { url } = await watchedServer();
    for (const path of ["/trpc", "/subscribe/t"]) {
      const raw = await rawConnection(url);
      raw.write(upgradeHead(path));
      await raw.receive(/^HTTP\/1\.1 101 /);
      raw.write(bytes);
      await raw.closed();
      const frame = Buffer.from(raw.received, "latin1").subarray(raw.received.indexOf("\r\n\r\n") + 4);
      const close = frame.lastIndexOf(0x88);
      expect(frame.readUInt16BE(close + 2)).toBe(code);
    }
  });

  it("but halves that are cut leave nothing behind", async () => {
    const { url, check } = await watchedServer();
    const whole = Buffer.concat([Buffer.from(upgradeHead("/trpc")), clientFrame(produce(1, "half"))]);
    for (let length = 20; length < whole.length; length += 23) {
      const raw = await rawConnection(url);
      raw.write(whole.subarray(0, length));
      if (length % 2 === 0) raw.socket.resetAndDestroy();
      else raw.socket.end();
    }
    await check();
  });

  it.each([
    [
      "no key",
      "GET /trpc HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n",
    ],
    ["a wrong version", upgradeHead("/trpc").replace("13", "99")],
    ["another upgrade", upgradeHead("/trpc").replace("websocket", "h2c")],
    ["a POST", upgradeHead("/trpc").replace("GET", "POST")],
    [
      "a plain subscription without a key",
      upgradeHead("/subscribe/t").replace(/Sec-WebSocket-Key.*\r\n/, ""),
    ],
    ["a path that is none", upgradeHead("/%00")],
    ["a topic with broken escapes", upgradeHead("/subscribe/%zz")],
  ])("an upgrade with %s is refused", async (_, head) => {
    const { url } = await watchedServer();
    const raw = await rawConnection(url);
    raw.write(head);
    await raw.closed();
    expect(raw.received).toMatch(/^HTTP\/1\.1 4\d\d /);
  });

  it("an upgrade for a host that is none is served, and garbage after it ends only itself", async () => {
    const { url } = await watchedServer();
    const raw = await rawConnection(url);
    raw.write(upgradeHead("/trpc", "["));
    await raw.receive(/^HTTP\/1\.1 (101|400) /);
    raw.write(Buffer.from([0xff, 0xff, 0xff, 0xff]));
    await raw.closed();
  });
});

describe("connection params that make no sense", () => {
  it.each([
    "",
    "null",
    "7",
    "[]",
    '"x"',
    "{",
    "{}",
    '{"data":7}',
    '{"data":[]}',
    '{"data":{"protocol":1}}',
    '{"data":{"__proto__":{"a":1}}}x',
  ])("%j are answered with a code, and the connection is closed", async (text) => {
    const { url } = await watchedServer();
    const socket = await openPlain(url, "/trpc?connectionParams=1");
    socket.socket.send(text);
    socket.socket.send(JSON.stringify({ id: 1, method: "query", params: { path: "topics.list" } }));
    await socket.end();
    const [refusal] = repliesOf(socket);
    expect(refusal).toMatchObject({
      id: null,
      error: { json: { data: { rtmsg: { code: "INPUT_INVALID" } } } },
    });
    expect(repliesOf(socket).filter(({ result }) => result !== undefined)).toEqual([]);
  });

  it.each([
    '{"method":"connectionParams","data":null}',
    '{"method":"connectionParams","data":{}}',
    '{"data":{"protocol":"1","constructor":"x"}}',
  ])("%s are none, and the connection is served", async (text) => {
    const { url } = await watchedServer();
    const socket = await openPlain(url, "/trpc?connectionParams=1");
    expect(await repliesTo(socket, text)).toEqual([]);
  });

  it("in binary are answered too", async () => {
    const { url } = await watchedServer();
    const socket = await openPlain(url, "/trpc?connectionParams=1");
    socket.socket.send(Buffer.from([1, 2, 3]));
    await socket.end();
    expect(repliesOf(socket)).toMatchObject([{ id: null, error: {} }]);
  });
});

describe("any frames at all", () => {
  const id = fc.oneof(fc.integer(), fc.string(), fc.constantFrom(null, undefined, true, {}, []));
  const path = fc.constantFrom(
    "produce",
    "produceBatch",
    "subscribe",
    "subscribeBatch",
    "history",
    "topics.list",
    "topics.get",
    "nope",
    "",
    "__proto__",
  );
  const input = fc.oneof(
    fc.anything(),
    fc.record(
      {
        json: fc.oneof(
          fc.anything(),
          fc.record(
            {
              topic: fc.oneof(fc.constantFrom("t", "t.*", ">"), fc.anything()),
              data: fc.anything(),
              from: fc.oneof(
                fc.constantFrom("earliest", "latest", { last: 1 }, { offset: 1 }),
                fc.anything(),
              ),
              until: fc.constantFrom("now", 1),
              events: fc.array(fc.anything(), { maxLength: 3 }),
              limit: fc.anything(),
              id: fc.anything(),
              headers: fc.anything(),
              expectedOffset: fc.anything(),
              lastEventId: fc.anything(),
            },
            { requiredKeys: [] },
          ),
        ),
        meta: fc.oneof(
          fc.anything(),
          fc.record({ values: fc.anything(), referentialEqualities: fc.anything() }),
        ),
      },
      { requiredKeys: ["json"] },
    ),
  );
  const message = fc.oneof(
    fc.anything(),
    fc.record({
      id,
      method: fc.constantFrom("query", "mutation", "subscription", "subscription.stop", "nope", 7),
      params: fc.oneof(
        fc.anything(),
        fc.record({ path, input, lastEventId: fc.anything() }, { requiredKeys: ["path"] }),
      ),
    }),
  );
  const text = (value: unknown): string => {
    try {
      return (
        JSON.stringify(value, (_, inner: unknown) => (typeof inner === "bigint" ? String(inner) : inner)) ??
        ""
      );
    } catch {
      return "";
    }
  };
  const frame = fc.oneof(
    message.map(text),
    fc.array(message, { maxLength: 4 }).map(text),
    fc.string(),
    fc.json(),
    fc.uint8Array({ maxLength: 100 }),
  );

  it("are answered with documented codes only, and the connection goes on", async () => {
    const { url, check } = await watchedServer();
    const socket = await openPlain(url, "/trpc");
    await fc.assert(
      fc.asyncProperty(fc.array(frame, { minLength: 1, maxLength: 4 }), async (frames) => {
        socket.messages.length = 0;
        const replies = await repliesTo(socket, ...frames.filter((one) => one !== "PING"));
        for (const { error } of replies) {
          if (error !== undefined) expect(error.json.data.rtmsg.code).toMatch(CALLERS_FAULT);
        }
      }),
      { numRuns: 400 },
    );
    await check();
  });

  it("of raw bytes end the connection at most", async () => {
    const { url, check } = await watchedServer();
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 1, maxLength: 64 }),
        fc.boolean(),
        async (bytes, isPlain) => {
          const raw = await rawConnection(url);
          raw.write(upgradeHead(isPlain ? "/subscribe/t" : "/trpc"));
          await raw.receive(/^HTTP\/1\.1 101 /);
          raw.write(bytes);
          raw.socket.end();
          await raw.closed();
        },
      ),
      { numRuns: 150 },
    );
    await check();
  });
});
