import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { lmdbEngine } from "../../src/engines/lmdb.js";
import { memoryEngine } from "../../src/engines/memory.js";
import type { EngineOpener } from "../../src/log/engine.js";
import { tempFolder } from "../engines/support/temp-folder.js";
import { RawClient } from "../suites/support/raw-client.js";
import { serve } from "../support/serve.js";
import { until } from "../support/until.js";
import { attachedTo, NOTHING } from "./support/attached.js";

const EVENTS = 8_000;
/** More than the kernel holds for a connection, with the events' envelopes. */
const DATA = "x".repeat(1_000);

const to = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

/** One reader of a transport, which can be held up. */
interface Reader {
  readonly offsets: number[];
  pause(): void;
  resume(): void;
  close(): void;
}

async function overTrpc(url: string, path: string): Promise<Reader> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/trpc`);
  onTestFinished(() => socket.terminate());
  const offsets: number[] = [];
  socket.on("message", (message: Buffer) => {
    const { result } = JSON.parse(message.toString()) as {
      result: { data?: { json: { data: { offset: number } | { offset: number }[] } } };
    };
    for (const { offset } of [result.data?.json.data ?? []].flat()) offsets.push(offset);
  });
  await once(socket, "open");
  const params = { path, input: { json: { topic: "t", from: "earliest" } } };
  socket.send(JSON.stringify({ id: 1, method: "subscription", params }));
  return {
    offsets,
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    close: () => socket.terminate(),
  };
}

/** The ancestor's messages hold nothing but the data: the n-th is taken to be the n-th event. */
async function overPlain(url: string): Promise<Reader> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/subscribe/t?from=earliest`);
  onTestFinished(() => socket.terminate());
  const offsets: number[] = [];
  socket.on("message", (message: Buffer) => offsets.push(Number(message.toString().slice(0, 6))));
  await once(socket, "open");
  return {
    offsets,
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    close: () => socket.terminate(),
  };
}

async function overEventStream(url: string): Promise<Reader> {
  const call = request(`${url}/subscribe/t?from=earliest`, {
    headers: { accept: "text/event-stream" },
    agent: false,
  });
  call.end();
  onTestFinished(() => void call.destroy());
  call.on("error", () => undefined);
  const [response] = (await once(call, "response")) as [IncomingMessage];
  response.on("error", () => undefined);
  const offsets: number[] = [];
  let rest = "";
  response.setEncoding("utf8").on("data", (chunk: string) => {
    const blocks = (rest + chunk).split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (data !== undefined) offsets.push((JSON.parse(data) as { offset: number }).offset);
    }
  });
  return {
    offsets,
    pause: () => response.pause(),
    resume: () => response.resume(),
    close: () => call.destroy(),
  };
}

const engines: [string, () => EngineOpener][] = [
  ["memory", () => memoryEngine()],
  ["lmdb", () => lmdbEngine({ path: tempFolder() })],
];

describe.each(engines)("readers over real sockets, with the engine %s", (_, engine) => {
  it("that stop reading for a while get every event in order, and hold up nobody", async () => {
    const { url, broker } = await serve({ engine: engine(), limits: { bufferedBytes: 65_536 } });
    const slow = [
      await overTrpc(url, "subscribe"),
      await overTrpc(url, "subscribe"),
      await overTrpc(url, "subscribeBatch"),
      await overPlain(url),
      await overEventStream(url),
    ];
    const live = [await overTrpc(url, "subscribe"), await overTrpc(url, "subscribeBatch")];
    await until(() => attachedTo(broker).groups === 4 && broker.subscriberCount === 7, "all are live");
    for (const reader of slow) reader.pause();
    const behind: number[] = [];
    for (let offset = 1; offset <= EVENTS; offset += 200) {
      await broker.produceBatch(
        to(200).map((index) => ({
          topic: "t",
          data: `${String(offset - 1 + index).padStart(6, "0")} ${DATA}`,
        })),
      );
      await until(
        () => live.every(({ offsets }) => offsets.length === offset + 199),
        "the live ones have it",
      );
      behind.push(slow.filter(({ offsets }) => offsets.length < offset).length);
      if (offset === 4_001) slow[0]?.resume();
    }
    expect(behind.at(-1)).toBeGreaterThanOrEqual(4);
    for (const reader of slow) reader.resume();
    await until(() => slow.every(({ offsets }) => offsets.length >= EVENTS), "all have all");
    for (const { offsets } of [...slow, ...live]) expect(offsets).toEqual(to(EVENTS));
    await broker.produce({ topic: "t", data: String(EVENTS + 1).padStart(6, "0") });
    await until(() => slow.every(({ offsets }) => offsets.at(-1) === EVENTS + 1), "they are live again");
    for (const reader of [...slow, ...live]) reader.close();
    await until(() => broker.subscriberCount === 0, "the server has let go of all");
    expect(attachedTo(broker)).toEqual(NOTHING);
  });
});

describe("a socket that is cut", () => {
  it("in the middle of everything leaves nothing behind", async () => {
    const { url, broker } = await serve({ limits: { bufferedBytes: 20_000 } });
    const stop = new AbortController();
    const producing = (async () => {
      while (!stop.signal.aborted) {
        await broker.produceBatch(to(50).map(() => ({ topic: "t", data: DATA })));
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    for (let round = 0; round < 40; round++) {
      const socket = new WebSocket(`${url.replace("http", "ws")}/trpc`);
      const client = new RawClient(socket);
      await once(socket, "open");
      for (const [id, from] of ["earliest", "latest", { last: 10 }].entries()) {
        client.call(id, "subscription", id % 2 === 0 ? "subscribe" : "subscribeBatch", {
          input: { json: { topic: "t", from } },
        });
      }
      client.call(10, "mutation", "produce", { input: { json: { topic: "t", data: DATA } } });
      if (round % 3 === 0) socket.pause();
      await new Promise((resolve) => setTimeout(resolve, round % 5));
      client.stop(1);
      if (round % 2 === 0) socket.terminate();
      else socket.close();
      if (socket.isPaused) socket.resume();
    }
    stop.abort();
    await producing;
    await until(() => broker.subscriberCount === 0, "the server has let go of all");
    await until(() => attachedTo(broker).sinks === 0, "nothing listens");
    expect(attachedTo(broker)).toEqual(NOTHING);
  });
});
