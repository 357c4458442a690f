import { once } from "node:events";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import superjson, { type SuperJSONResult } from "superjson";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { decodeEvent, decodeJsonEvent } from "../../src/broker/event-decoding.js";
import type { RtmsgEvent } from "../../src/protocol/index.js";
import { plainEncoding } from "../../src/transport/live/plain-encoding.js";
import { sseEncoding } from "../../src/transport/live/sse-encoding.js";
import { trpcEncoding } from "../../src/transport/live/trpc-encoding.js";
import { anyValue } from "../support/arbitraries.js";
import { serve } from "../support/serve.js";
import { until } from "../support/until.js";
import { parseFrames } from "./support/frames.js";
import { stored, type Stored } from "./support/stored.js";

const SIZES = [0, 1, 125, 126, 127, 65_535, 65_536, 65_537, 1_048_576];

/** The messages that an encoding makes of events. */
function messages(encoding: typeof plainEncoding, { events, epoch }: Stored, id = "1"): string[] {
  const { bytes, idPositions } = encoding.events(events, epoch, Buffer.from(id));
  for (const position of idPositions) {
    expect(bytes.subarray(position, position + Buffer.byteLength(id)).toString()).toBe(id);
  }
  return parseFrames(bytes).map(({ payload }) => payload.toString());
}

/** A message's result, as tRPC's client brings it back. */
function tracked(message: string): { id: string; data: unknown } {
  const { result } = JSON.parse(message) as {
    result: { id: string; type: string; data: SuperJSONResult };
  };
  expect(result.type).toBe("data");
  const data = superjson.deserialize<{ id: string; data: unknown }>(result.data);
  expect(data.id).toBe(result.id);
  return data;
}

/** What is left of a value that goes through superjson. */
function sent<T>(value: T): T {
  return superjson.parse(superjson.stringify(value));
}

/** Whether superjson brings a value back: not one where NaN is a key and stands elsewhere too, which it may not even read. */
function isBroughtBack(value: unknown): boolean {
  try {
    return isDeepStrictEqual(sent(value), value);
  } catch {
    return false;
  }
}

const value = fc.oneof(
  anyValue.filter(isBroughtBack),
  fc.constantFrom<unknown>(new Error("an error"), new Uint8Array([1, 2, 255]), new Float64Array([0.5, -1]), [
    new Set([new Map([[new Date(1), [undefined]]])]),
  ]),
);

const input = fc.record(
  {
    topic: fc.constantFrom("t", "a.b"),
    data: value,
    id: fc.uuid(),
    key: fc.string({ maxLength: 20, unit: "binary" }),
    headers: fc.dictionary(fc.stringMatching(/^[a-z-]{1,5}$/), fc.string({ maxLength: 5, unit: "binary" }), {
      maxKeys: 3,
      noNullPrototype: true,
    }),
  },
  { requiredKeys: ["topic", "data"], noNullPrototype: true },
);

describe("frames", () => {
  it.each(SIZES)("of %i bytes of payload are as RFC 6455 has them", async (size) => {
    const log = await stored([
      { topic: "t", data: "x".repeat(size) },
      { topic: "t", data: "after" },
    ]);
    expect(messages(plainEncoding, log).map(({ length }) => length)).toEqual([size, 5]);
    for (const isBatch of [false, true]) {
      const encoding = trpcEncoding(isBatch, false);
      const [least = ""] = messages(encoding, { ...log, events: log.events.slice(1) });
      if (size < least.length) continue;
      const exact = await stored([{ topic: "t", data: "x".repeat(size - least.length + 5) }]);
      expect(messages(encoding, exact).map(({ length }) => length)).toEqual([size]);
    }
  });

  it("of all sizes reach a client of ws, whole", async () => {
    const { url, broker } = await serve({ limits: { eventBytes: 2 * 1_048_576 } });
    const socket = new WebSocket(`${url.replace("http", "ws")}/subscribe/t`);
    onTestFinished(() => socket.terminate());
    const lengths: number[] = [];
    socket.on("message", (message: Buffer) => lengths.push(message.length));
    await once(socket, "open");
    await until(() => broker.fanOut.size === 1, "it is live");
    for (const size of SIZES) await broker.produce({ topic: "t", data: "ü".repeat(size / 2) });
    await broker.produceBatch(SIZES.map((size) => ({ topic: "t", data: "x".repeat(size) })));
    await until(() => lengths.length === 2 * SIZES.length, "all have come");
    expect(lengths).toEqual([...SIZES.map((size) => 2 * Math.floor(size / 2)), ...SIZES]);
  });
});

describe("events", () => {
  it("are brought back by tRPC's clients as they are, alone and in arrays", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(input, { minLength: 1, maxLength: 5 }), async (inputs) => {
        const log = await stored(inputs);
        const events = log.events.map((event) => decodeEvent(event, log.epoch));
        const single = messages(trpcEncoding(false, false), log).map(tracked);
        expect(single).toStrictEqual(events.map((event) => ({ id: event.cursor, data: event })));
        const batch = messages(trpcEncoding(true, true), log, '"é"').map(tracked);
        expect(batch).toStrictEqual([{ id: events.at(-1)?.cursor, data: events }]);
        expect(events.map(({ data }) => data)).toStrictEqual(inputs.map(({ data }) => sent(data)));
      }),
      { numRuns: 150 },
    );
  });

  it("keep what is one object one object, alone and among others", async () => {
    const shared = { at: new Date(5), "a.b": { "c\\": [1n] } };
    const round: Record<string, unknown> = { at: new Date(6) };
    round["self"] = round;
    round["list"] = [round, shared, { shared }];
    const values = [
      { first: shared, again: [shared, { "x.y": shared }], map: new Map([["k", shared]]), date: shared.at },
      round,
      [shared, shared, shared["a.b"]],
      { nothing: "shared" },
      new Set([shared]),
    ];
    const log = await stored(values.map((data) => ({ topic: "t", data })));
    const single = messages(trpcEncoding(false, false), log).map(
      (one) => (tracked(one).data as RtmsgEvent).data,
    );
    const [batch] = messages(trpcEncoding(true, false), log).map((one) =>
      (tracked(one).data as RtmsgEvent[]).map(({ data }) => data),
    );
    for (const decoded of [single, batch ?? []]) {
      expect(decoded).toEqual(values);
      const [one, two, three] = decoded as [
        { first: object; again: [object, { "x.y": object }]; map: Map<string, object> },
        { self: object; list: [object, object, { shared: object }] },
        [object, object, object],
      ];
      expect(one.again[0]).toBe(one.first);
      expect(one.again[1]["x.y"]).toBe(one.first);
      expect(two.self).toBe(two);
      expect(two.list[0]).toBe(two);
      expect(two.list[2].shared).toBe(two.list[1]);
      expect(three[1]).toBe(three[0]);
      expect(three[2]).toBe((three[0] as typeof shared)["a.b"]);
      // What was one object when it was produced is one for each event, not for all of them.
      expect(three[0]).not.toBe(one.first);
    }
  });

  it("are the JSON half on the plain routes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(input, { minLength: 1, maxLength: 5 }), async (inputs) => {
        const log = await stored(inputs);
        const events = log.events.map((event) => decodeJsonEvent(event, log.epoch));
        const texts = messages(plainEncoding, log);
        const expected = events.map(({ data }) => (typeof data === "string" ? data : JSON.stringify(data)));
        expect(texts).toEqual(expected.map((text) => Buffer.from(text).toString()));
        const stream = sseEncoding.events(log.events, log.epoch, Buffer.alloc(0)).bytes.toString();
        const blocks = stream.split("\n\n");
        expect(blocks.pop()).toBe("");
        expect(blocks.map((block) => block.split("\n"))).toEqual(
          blocks.map((_, index) => [
            `id: ${events[index]?.cursor}`,
            expect.stringMatching(/^data: /) as string,
          ]),
        );
        const data = blocks.map((block) => JSON.parse(block.slice(block.indexOf("data: ") + 6)) as unknown);
        expect(data).toStrictEqual(JSON.parse(JSON.stringify(events)));
      }),
      { numRuns: 100 },
    );
  });

  it("in arrays are as many to a frame as fit, and each frame is tracked by its last", async () => {
    const small = await stored(Array.from({ length: 2_500 }, (_, data) => ({ topic: "t", data })));
    const large = await stored(
      Array.from({ length: 10 }, (_, data) => ({ topic: "t", data: `${data}`.repeat(100_000) })),
    );
    for (const [log, sizes] of [
      [small, [1_000, 1_000, 500]],
      [large, [2, 2, 2, 2, 2]],
    ] as const) {
      const frames = messages(trpcEncoding(true, false), log).map(tracked);
      const arrays = frames.map(({ data }) => data as RtmsgEvent[]);
      expect(arrays.map(({ length }) => length)).toEqual(sizes);
      expect(frames.map(({ id }) => id)).toEqual(arrays.map((events) => events.at(-1)?.cursor));
      expect(arrays.flat()).toEqual(log.events.map((event) => decodeEvent(event, log.epoch)));
    }
  });
});
