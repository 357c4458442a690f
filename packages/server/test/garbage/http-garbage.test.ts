import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { call, get, produce } from "../support/plain.js";
import { rawConnection } from "../support/raw-http.js";
import { watchedServer } from "./healthy.js";

const JSON_TYPE = { "content-type": "application/json" };

/** The codes that garbage may be answered with. */
const CALLERS_FAULT =
  /^(INPUT_INVALID|TOPIC_INVALID|DATA_INVALID|EVENT_TOO_LARGE|CURSOR_INVALID|TOPIC_UNKNOWN)$/;

const nested = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);

describe("a body that is no event", () => {
  it.each([
    ["nothing", ""],
    ["no JSON", "This is a new event"],
    ["half JSON", '{"a":'],
    ["two values", "1 2"],
    ["JSON5", "{a:1}"],
    ["NaN", "NaN"],
    ["an unfinished escape", '"\\ud83d\\'],
    ["a control character", '"\u0001"'],
  ])("%s is INPUT_INVALID", async (_, body) => {
    const { url } = await watchedServer();
    expect(await call("POST", `${url}/produce/t`, body, JSON_TYPE)).toMatchObject({
      status: 400,
      body: { code: "INPUT_INVALID" },
    });
  });

  it.each([
    ["invalid UTF-8", Buffer.from([0x22, 0xc3, 0x28, 0x22])],
    ["an overlong encoding", Buffer.from([0x22, 0xc0, 0xaf, 0x22])],
    ["a surrogate in UTF-8", Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])],
    ["UTF-16", Buffer.from('"text"', "utf16le")],
    ["noughts", Buffer.alloc(1_000)],
  ])("%s is INPUT_INVALID", async (_, body) => {
    const { url } = await watchedServer();
    expect(await call("POST", `${url}/produce/t`, body, JSON_TYPE)).toMatchObject({
      status: 400,
      body: { code: "INPUT_INVALID" },
    });
  });

  it.each(["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "json", ""])(
    "of content type %j is INPUT_INVALID",
    async (type) => {
      const { url } = await watchedServer();
      expect(await call("POST", `${url}/produce/t`, "1", { "content-type": type })).toMatchObject({
        status: 400,
        body: { code: "INPUT_INVALID" },
      });
    },
  );

  it.each(['{"__proto__":{"polluted":1}}', '{"constructor":1}', '{"a":[{"prototype":{}}]}'])(
    "%s is DATA_INVALID",
    async (body) => {
      const { url } = await watchedServer();
      expect(await call("POST", `${url}/produce/t`, body, JSON_TYPE)).toMatchObject({
        status: 422,
        body: { code: "DATA_INVALID" },
      });
      expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    },
  );

  it("of 100,000 levels is DATA_INVALID", async () => {
    const { url } = await watchedServer();
    for (const body of [
      nested(100_000),
      `{"a":${nested(100_000)}}`,
      '{"a":'.repeat(100_000) + "1" + "}".repeat(100_000),
    ]) {
      expect(await call("POST", `${url}/produce/t`, body, JSON_TYPE)).toMatchObject({
        status: 422,
        body: { code: "DATA_INVALID" },
      });
    }
  });

  it("of 20 MB is EVENT_TOO_LARGE, and the answer arrives", async () => {
    const { url, check } = await watchedServer();
    const body = JSON.stringify("x".repeat(20_000_000));
    for (let round = 0; round < 3; round++) {
      expect(await produceOver(url, body)).toEqual({
        status: 413,
        code: "EVENT_TOO_LARGE",
        limit: 8_388_608,
      });
      await check();
    }
  });

  it("of 20 MB in chunks without a length is EVENT_TOO_LARGE, and the answer arrives", async () => {
    const { url } = await watchedServer();
    const chunk = "x".repeat(100_000);
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let each = 0; each < 200; each++) controller.enqueue(new TextEncoder().encode(chunk));
        controller.close();
      },
    });
    const streamed = { method: "POST", headers: JSON_TYPE, body, duplex: "half" } as const;
    const response = await fetch(`${url}/produce/t`, streamed);
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ code: "EVENT_TOO_LARGE" });
  });

  it("of 20 MB to tRPC is EVENT_TOO_LARGE too", async () => {
    const { url } = await watchedServer();
    const body = JSON.stringify({ json: { topic: "t", data: "x".repeat(20_000_000) } });
    const response = await fetch(`${url}/trpc/produce`, { method: "POST", headers: JSON_TYPE, body });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({
      error: { json: { data: { httpStatus: 413, rtmsg: { code: "EVENT_TOO_LARGE", limit: 8_388_608 } } } },
    });
  });
});

/** With fetch, which writes on while the answer is on its way. */
async function produceOver(url: string, body: string): Promise<Record<string, unknown>> {
  const response = await fetch(`${url}/produce/t`, { method: "POST", headers: JSON_TYPE, body });
  const { code, limit } = (await response.json()) as Record<string, unknown>;
  return { status: response.status, code, limit };
}

describe("an id that is huge", () => {
  it("is INPUT_INVALID as an Idempotency-Key", async () => {
    const { url } = await watchedServer();
    const answer = await produce(url, "t", 1, { "idempotency-key": "x".repeat(10_000) });
    expect(answer).toMatchObject({ status: 400, body: { code: "INPUT_INVALID" } });
    expect(answer.text.length).toBeLessThan(1_000);
  });

  it("is refused by the limits of HTTP when it is larger than a head may be", async () => {
    const { url } = await watchedServer();
    const answer = await produce(url, "t", 1, { "idempotency-key": "x".repeat(20_000) });
    expect(answer.status).toBe(431);
  });
});

describe("a call to tRPC over HTTP that makes no sense", () => {
  const input = (value: unknown): string => encodeURIComponent(JSON.stringify(value));

  it.each([
    ["GET", "/trpc/nope", undefined, 404],
    ["GET", "/trpc/", undefined, 404],
    ["GET", "/trpc", undefined, 404],
    ["GET", "/trpc/__proto__", undefined, 404],
    ["GET", "/trpc/constructor", undefined, 404],
    ["GET", "/trpc/topics.constructor", undefined, 404],
    ["GET", "/trpc/topics.__proto__.get", undefined, 404],
    ["GET", "/trpc/topics", undefined, 404],
    ["GET", `/trpc/${"x".repeat(5_000)}`, undefined, 404],
    ["GET", "/trpc/%", undefined, 400],
    ["GET", "/trpc/produce", undefined, 405],
    ["POST", "/trpc/history", '{"json":{"topic":"t"}}', 405],
    ["PUT", "/trpc/produce", '{"json":{"topic":"t"}}', 405],
    ["DELETE", "/trpc/produce", undefined, 415],
    ["POST", "/trpc/produce", undefined, 415],
    ["POST", "/trpc/produce", "no json", 400],
    ["POST", "/trpc/produce", "null", 400],
    ["POST", "/trpc/produce", "7", 400],
    ["POST", "/trpc/produce", '{"topic":"t","data":1}', 400],
    ["POST", "/trpc/produce", '{"json":[]}', 400],
    ["POST", "/trpc/produce", '{"json":{"topic":["t"],"data":1}}', 400],
    ["POST", "/trpc/produce", '{"json":{"topic":"t","data":"x"},"meta":{"values":{"data":["nope"]}}}', 400],
    ["POST", "/trpc/produce", '{"json":{"topic":"t","data":"x"},"meta":{"values":{"data":["bigint"]}}}', 400],
    ["POST", "/trpc/produce", '{"json":{"topic":"t","data":1},"meta":{"values":{"data":["map"]}}}', 400],
    [
      "POST",
      "/trpc/produce",
      '{"json":{"topic":"t","data":1},"meta":{"values":{"__proto__.x":["Date"]}}}',
      400,
    ],
    [
      "POST",
      "/trpc/produce",
      '{"json":{"topic":"t","data":1},"meta":{"values":{"constructor.prototype.x":["Date"]}}}',
      400,
    ],
    [
      "POST",
      "/trpc/produce",
      '{"json":{"topic":"t"},"meta":{"referentialEqualities":{"a":["__proto__.x"]}}}',
      400,
    ],
    ["POST", "/trpc/produce", '{"json":{"topic":"t"},"meta":{"values":{"data":["class","Broker"]}}}', 400],
    ["POST", "/trpc/produce", '{"json":{"topic":"t"},"meta":{"values":{"data":["custom","x"]}}}', 400],
    ["POST", "/trpc/produce?batch=1", "[]", 400],
    ["POST", "/trpc/produce?batch=1", "7", 400],
    ["POST", "/trpc/produce,produce?batch=1", "{}", 400],
    ["GET", "/trpc/history?input=", undefined, 400],
    ["GET", "/trpc/history?input=%7B", undefined, 400],
    ["GET", `/trpc/history?input=${input({ json: { topic: 7 } })}`, undefined, 400],
    ["GET", `/trpc/history?batch=1&input=${input([])}`, undefined, 400],
    ["GET", `/trpc/subscribe?connectionParams=7&input=${input({ json: { topic: "t" } })}`, undefined, 400],
    ["GET", `/trpc/subscribe?connectionParams=%7B&input=${input({ json: { topic: "t" } })}`, undefined, 400],
    ["GET", `/trpc/subscribe?connectionParams=${input({ protocol: 1 })}`, undefined, 400],
  ])("%s %s %s is answered with %d and a code", async (method, path, body, expected) => {
    const { url } = await watchedServer();
    const answer = await call(method, `${url}${path}`, body, body === undefined ? {} : JSON_TYPE);
    const answers = Array.isArray(answer.body) ? (answer.body as unknown[]) : [answer.body];
    expect(answers.length).toBeGreaterThan(0);
    for (const one of answers) {
      expect(one).toMatchObject({
        error: { json: { data: { rtmsg: { code: expect.stringMatching(CALLERS_FAULT) as string } } } },
      });
    }
    expect(answer.status).toBe(expected);
    expect(answer.text).not.toMatch(/node_modules|\.ts:/);
  });

  it.each([7, null, { json: null }, { json: { topic: 7 } }, { json: [] }])(
    "to subscribe with %j is answered in the stream, as tRPC does",
    async (value) => {
      const { url } = await watchedServer();
      const { status, text } = await get(`${url}/trpc/subscribe?input=${input(value)}`);
      expect(status).toBe(200);
      expect(text).toContain("event: serialized-error");
      expect(text).toMatch(/"rtmsg":{"code":"INPUT_INVALID"/);
    },
  );

  it("is answered with the limit in a batch that is too long", async () => {
    const { url } = await watchedServer({ limits: { callsPerBatch: 3 } });
    const answer = await call("POST", `${url}/trpc/a,b,c,d?batch=1`, "{}", JSON_TYPE);
    expect(answer.status).toBe(429);
    expect(answer.text).toContain('"rtmsg":{"code":"LIMIT_EXCEEDED","limit":3}');
  });

  it.each(["multipart/form-data; boundary=x", "application/octet-stream", "text/plain"])(
    "of content type %s is the caller's fault",
    async (type) => {
      const { url } = await watchedServer();
      const answer = await call("POST", `${url}/trpc/produce`, "--x\r\n\r\n", { "content-type": type });
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.status).toBeLessThan(500);
      expect(answer.body).toMatchObject({ error: { json: { data: { rtmsg: { code: "INPUT_INVALID" } } } } });
    },
  );
});

describe("bytes that are no HTTP", () => {
  it.each([
    ["a broken head", "GET / HTTP/1.1\r\nno colon\r\n\r\n"],
    ["no HTTP at all", "\u0000\u0001\u0002\u0003"],
    ["another protocol", "\x16\x03\x01\x00\xa5\x01\x00\x00"],
    ["a wrong host", "GET /trpc/topics.list HTTP/1.1\r\nHost: [\r\nConnection: close\r\n\r\n"],
    ["no host", "GET /healthz HTTP/1.0\r\n\r\n"],
    ["a URL that is none", "GET http://[ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"],
    ["a path of slashes", "GET ////// HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"],
    ["a huge head", `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${"x".repeat(100_000)}\r\n\r\n`],
    ["a wrong length", "POST /produce/t HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n1"],
    [
      "two lengths",
      "POST /produce/t HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n11",
    ],
    [
      "a broken chunk",
      "POST /produce/t HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
  ])("%s are answered and the connection ends", async (_, bytes) => {
    const { url } = await watchedServer();
    const raw = await rawConnection(url);
    raw.write(Buffer.from(bytes, "latin1"));
    await raw.closed();
    expect(raw.received).toMatch(/^HTTP\/1\.1 (200|400|403|404|431) /);
  });

  it("cut off in the middle leave nothing behind", async () => {
    const { url, check } = await watchedServer();
    const whole =
      'POST /produce/t HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n"partial"';
    for (let length = 1; length < whole.length; length += 7) {
      const raw = await rawConnection(url);
      raw.write(whole.slice(0, length));
      if (length % 2 === 0) raw.socket.resetAndDestroy();
      else raw.socket.end();
    }
    await check();
    expect((await get(`${url}/topics/t`)).status).toBe(404);
  });
});

describe("any body at all", () => {
  it("is stored or refused with a code, by every route", async () => {
    const { url, check } = await watchedServer();
    const body = fc.oneof(
      fc.json(),
      fc.string(),
      fc.uint8Array({ maxLength: 200 }),
      fc.anything().map((value) => JSON.stringify({ json: { topic: "t", data: value } }) ?? ""),
      fc
        .tuple(fc.json(), fc.json())
        .map(([json, meta]) => `{"json":{"topic":"t","data":${json}},"meta":{"values":{"data":${meta}}}}`),
      fc
        .tuple(fc.json(), fc.dictionary(fc.string(), fc.array(fc.string())))
        .map(([json, paths]) => `{"json":${json},"meta":{"referentialEqualities":${JSON.stringify(paths)}}}`),
    );
    const path = fc.constantFrom(
      "/produce/t",
      "/trpc/produce",
      "/trpc/produceBatch",
      "/trpc/produce?batch=1",
    );
    await fc.assert(
      fc.asyncProperty(path, body, async (route, bytes) => {
        const answer = await call("POST", `${url}${route}`, bytes, JSON_TYPE);
        if (answer.status !== 200 && answer.status !== 207) {
          expect(answer.status).toBeLessThan(500);
          expect(answer.text).toMatch(/"code":"(INPUT_INVALID|DATA_INVALID|TOPIC_INVALID|EVENT_TOO_LARGE)"/);
        }
      }),
      { numRuns: 300 },
    );
    await check();
  });

  it("makes no event that cannot be read again", async () => {
    const { url } = await watchedServer();
    const type = fc.constantFrom(
      "Date",
      "bigint",
      "undefined",
      "regexp",
      "URL",
      "number",
      "set",
      "map",
      "Error",
    );
    const tree = fc.oneof(
      fc.array(type, { minLength: 1, maxLength: 1 }),
      fc.tuple(
        type,
        fc.dictionary(fc.constantFrom("0", "1", "a", "0.0", "0.1"), fc.array(type, { maxLength: 1 })),
      ),
      fc.dictionary(fc.constantFrom("0", "a", "a.b", "1.0"), fc.array(type, { minLength: 1, maxLength: 1 })),
    );
    await fc.assert(
      fc.asyncProperty(fc.json(), tree, async (json, values) => {
        const body = `{"json":{"topic":"odd","data":${json}},"meta":{"values":{"data":${JSON.stringify(values)}}}}`;
        await call("POST", `${url}/trpc/produce`, body, JSON_TYPE);
      }),
      { numRuns: 300 },
    );
    const input = encodeURIComponent(JSON.stringify({ json: { topic: "odd", limit: 1_000 } }));
    for (const path of [`/trpc/history?input=${input}`, "/topics/odd/events?limit=1000"]) {
      expect((await get(`${url}${path}`)).status).toBe(200);
    }
  });
});
