import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openPlain } from "../support/plain.js";
import { clientFrame, rawConnection, upgradeHead } from "../support/raw-http.js";
import { watchedServer } from "./healthy.js";
import { CALLERS_FAULT, produce, repliesOf, repliesTo } from "./trpc-messages.js";

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
      "GET /trpc HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n",
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

  it("an upgrade for a host that is none is refused, and garbage after it ends only itself", async () => {
    const { url } = await watchedServer();
    const raw = await rawConnection(url);
    raw.write(upgradeHead("/trpc", "["));
    await raw.receive(/^HTTP\/1\.1 (400|403) /);
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
