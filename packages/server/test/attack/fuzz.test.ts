import fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";
import { heapUsed } from "../../../client/test/support/heap.js";
import { memoryEngine } from "../../src/engines/memory.js";
import { defineTopics } from "../../src/topics/index.js";
import { rawConnection } from "../support/raw-http.js";
import { recordingLogger, serve } from "../support/serve.js";
import { until } from "../support/until.js";
import { captureExchange } from "./support/captures.js";
import { hostileBytes } from "./support/hostile-frames.js";
import { HostileSocket } from "./support/hostile-socket.js";
import { messages } from "./support/mutations.js";
import { steadyClient } from "./support/steady-client.js";

/** How many inputs are sent; `npm run test:fuzz` sends more. */
const INPUTS = Number(process.env["RTMSG_FUZZ_INPUTS"] ?? 2_000);
const PER_CONNECTION = 40;
/** Connections of each kind at a time. */
const SESSIONS = 5;
/** What the inputs are made from; one that failed makes the same again. */
const SEED = Number(process.env["RTMSG_FUZZ_SEED"] ?? Date.now() % 2_147_483_648);
/** What the heap may have grown by, in bytes: the log, and what the tests themselves keep. */
const MAX_GROWTH = 24 * 1_048_576;

const topics = defineTopics({
  steady: z.unknown(),
  // What is subscribed to again and again stays small.
  t: { schema: z.unknown(), retention: { maxEvents: 5 } },
  "t.*": { schema: z.unknown(), retention: { maxEvents: 1 } },
});

test(
  `${INPUTS.toLocaleString("en")} hostile inputs change nothing for anyone else`,
  async () => {
    const logger = recordingLogger();
    const uncaught: unknown[] = [];
    const onUncaught = (error: unknown): void => void uncaught.push(error);
    process.on("uncaughtExceptionMonitor", onUncaught);
    process.on("unhandledRejection", onUncaught);
    const { url, broker } = await serve({
      topics,
      logger: { ...logger, info: () => undefined, warn: () => undefined },
      engine: memoryEngine({ maxBytes: 2 * 1_048_576 }),
      limits: { headMs: 60_000 },
    });
    const captured = await captureExchange(url);
    expect(captured.length).toBeGreaterThan(12);
    const steady = await steadyClient(url);
    const total = { sent: 0 };

    /** Messages on tRPC's socket: each is answered or passed over, and the connection goes on until hostile bytes. */
    const sendMessages = async (texts: readonly string[], hostile: Buffer): Promise<void> => {
      const socket = await HostileSocket.open(url, "/trpc");
      expect(await socket.send(texts)).toEqual({ isOpen: true });
      await socket.end(hostile);
      total.sent += texts.length + 1;
    };
    /** A first message where connection params are announced, and the call that follows. */
    const sendParams = async (text: string): Promise<void> => {
      const socket = await HostileSocket.open(url, "/trpc?connectionParams=1");
      await socket.send([text]);
      await socket.end();
      total.sent++;
    };
    const sendPlain = async (hostile: Buffer): Promise<void> => {
      const socket = await HostileSocket.open(url, "/subscribe/steady");
      await socket.end(hostile);
      total.sent++;
    };
    /** Text instead of a request: answered with a status that says that it is the caller's fault, or cut. */
    const sendRequest = async (text: string): Promise<void> => {
      const raw = await rawConnection(url);
      raw.write(text);
      total.sent++;
      raw.socket.end();
      await raw.closed();
      expect(raw.received).toMatch(/^(?:$|HTTP\/1\.1 (?:[23]\d\d|4\d\d|100) )/);
      raw.socket.destroy();
    };

    const input = messages(captured);
    const session = fc.record({
      texts: fc.array(input, { minLength: PER_CONNECTION, maxLength: PER_CONNECTION }),
      hostile: hostileBytes,
      params: input,
      plain: hostileBytes,
      method: fc.constantFrom("GET", "POST", "OPTIONS", "get", ""),
      path: fc.oneof(
        fc.constantFrom("/trpc/produce", "/produce/t", "/subscribe/t", "/topics/t/events?from=x", "/%", "*"),
        fc.string({ maxLength: 20 }),
      ),
      head: fc.oneof(
        fc.constantFrom("Content-Length: -1", "Transfer-Encoding: chunked", "Content-Length: 5", "X"),
        fc.constantFrom("Content-Encoding: gzip\r\nContent-Length: 9", "Expect: 100-continue"),
        fc.string({ maxLength: 30, unit: "binary" }),
      ),
    });
    const play = async (one: typeof session extends fc.Arbitrary<infer T> ? T : never): Promise<void> => {
      await sendMessages(one.texts, one.hostile);
      await sendParams(one.params);
      await sendPlain(one.plain);
      await sendRequest(
        `${one.method} ${one.path} HTTP/1.1\r\nHost: localhost\r\n${one.head}\r\nContent-Type: application/json\r\n\r\n${one.params}`,
      );
    };
    let round = 0;
    // Not a property of fast-check's: what it keeps for shrinking takes most of the time of so many inputs.
    const run = async (inputs: number): Promise<void> => {
      const before = total.sent;
      for (; total.sent - before < inputs; round++) {
        const sessions = fc.sample(session, { numRuns: SESSIONS, seed: SEED + round });
        try {
          await Promise.all(sessions.map(play));
        } catch (cause) {
          const logged = logger.lines.map(({ message, fields }) => `${message} ${String(fields["error"])}`);
          throw new Error(`It fails with RTMSG_FUZZ_SEED=${SEED + round}: ${logged.join("; ")}`, { cause });
        }
      }
    };

    // What is compiled and cached at first is no leak.
    await run(INPUTS / 10);
    const before = await heapUsed();
    await run(INPUTS - total.sent);
    expect(total.sent).toBeGreaterThanOrEqual(INPUTS);
    await until(() => broker.subscriberCount === 1, "only the steady client is left");
    expect(await steady.finish()).toBeGreaterThan(0);
    expect((await heapUsed()) - before).toBeLessThan(MAX_GROWTH);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect(logger.lines).toEqual([]);
    expect(uncaught).toEqual([]);
    process.off("uncaughtExceptionMonitor", onUncaught);
    process.off("unhandledRejection", onUncaught);
  },
  Math.max(120_000, INPUTS * 30),
);
