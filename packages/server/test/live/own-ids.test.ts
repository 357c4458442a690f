import { once } from "node:events";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { LiveGroup, type LiveMember } from "../../src/transport/live/live-group.js";
import type { Outlet } from "../../src/transport/live/outlet.js";
import { trpcEncoding } from "../../src/transport/live/trpc-encoding.js";
import { silentLogger } from "../../src/observe/logger.js";
import { Telemetry } from "../../src/observe/telemetry.js";
import { RawClient } from "../suites/support/raw-client.js";
import { serve } from "../support/serve.js";
import { until } from "../support/until.js";
import { attachedTo } from "./support/attached.js";
import { parseFrames } from "./support/frames.js";
import { stored } from "./support/stored.js";

/** Takes what it is given: as a system that copies it at once, or one that sends the same memory later. */
class TakingOutlet implements Outlet {
  readonly bufferedBytes = 0;
  readonly isClosed = false;
  liveMembers = 0;
  readonly taken: Buffer[] = [];
  readonly #copies: () => boolean;

  constructor(copies: () => boolean) {
    this.#copies = copies;
  }

  write(bytes: Buffer): void {
    this.taken.push(bytes);
  }

  deliver(bytes: Buffer): boolean {
    const copies = this.#copies();
    this.taken.push(copies ? Buffer.from(bytes) : bytes);
    return copies;
  }

  hasRoom(): boolean {
    return true;
  }

  drained(): Promise<void> {
    return Promise.resolve();
  }
}

/** Ids of every length, counted and not, some of them for several members. */
const IDS = [
  ...Array.from({ length: 120 }, (_, index) => index * 9),
  99_998,
  99_999,
  100_000,
  10,
  10,
  10,
  2 ** 40,
  0.25,
  ..."a,b,ab,ac,cc,ü,x1,x2".split(","),
];

/** A message with an event of the second test. */
interface Data {
  readonly result: {
    readonly data: { readonly json: { readonly data: { readonly data: [number, string] } } };
  };
}

describe("subscribers with request ids of their own", () => {
  it.each([
    ["all copies at once", () => () => true],
    ["nothing is copied", () => () => false],
    ["each does another thing", (index: number) => () => index % 3 > 0],
    ["each does another thing every time", (index: number) => () => (index = (index * 7 + 3) % 11) > 4],
  ])("get what was written to them, with their id, where %s", async (_, copies) => {
    const { epoch, events } = await stored(
      Array.from({ length: 6 }, (_unused, index) => ({
        topic: "t",
        data: { index, text: "ü".repeat(index) },
      })),
    );
    const telemetry = new Telemetry(() => undefined, silentLogger);
    const group = new LiveGroup({ epoch, telemetry }, trpcEncoding(false, false), () => undefined);
    const members = IDS.map((id, index): LiveMember & { readonly outlet: TakingOutlet } => ({
      id: Buffer.from(JSON.stringify(id)),
      outlet: new TakingOutlet(copies(index)),
      maxBufferedBytes: 1_048_576,
      tellsReach: false,
      fellBehind: () => expect.unreachable(),
    }));
    for (const member of members) group.join(member, 0);
    for (const [from, to] of [
      [0, 1],
      [1, 4],
      [4, 6],
    ]) {
      for (const event of events.slice(from, to)) group.take(event);
      group.endTurn();
    }
    for (const [index, { outlet }] of members.entries()) {
      const messages = parseFrames(Buffer.concat(outlet.taken)).map(
        ({ payload }) =>
          JSON.parse(payload.toString()) as { id: unknown; result: { data: { json: unknown } } },
      );
      expect(messages.map(({ id }) => id)).toEqual(events.map(() => IDS[index]));
      expect(messages.map(({ result }) => result.data.json)).toMatchObject(
        events.map((_unused, place) => ({ data: { data: { index: place } } })),
      );
      expect(outlet.taken).toHaveLength(3);
    }
  });

  it("get their own events over real sockets, with some that do not read among them", async () => {
    const { url, broker } = await serve({ limits: { bufferedBytes: 16 * 1_048_576 } });
    const ids = [1, 7, 8, 9, 10, 11, 98, 99, 100, 101, 102, 999, 1_000];
    const clients: RawClient[] = [];
    for (const id of ids) {
      const socket = new WebSocket(`${url.replace("http", "ws")}/trpc`);
      onTestFinished(() => socket.terminate());
      const client = new RawClient(socket);
      await once(socket, "open");
      client.call(id, "subscription", "subscribe", { input: { json: { topic: "t" } } });
      clients.push(client);
    }
    await until(
      () => attachedTo(broker).sinks === 1 && broker.subscriberCount === ids.length,
      "all are live",
    );
    const slow = clients.filter((_, index) => index % 4 === 1);
    for (const { socket } of slow) socket.pause();
    // Larger than what the system takes at once, so that the rest of it waits in the process.
    const data = (turn: number): string => String(turn).repeat(400_000);
    for (let turn = 1; turn <= 9; turn++) {
      await broker.produceBatch([1, 2, 3].map((part) => ({ topic: "t", data: [part, data(turn)] })));
      await new Promise((resolve) => setImmediate(resolve));
    }
    for (const { socket } of slow) socket.resume();
    await until(() => clients.every(({ replies }) => replies.length >= 28), "all have all");
    for (const [index, { replies }] of clients.entries()) {
      expect(replies.every(({ id }) => id === ids[index])).toBe(true);
      const datas = replies.slice(1).map((reply) => {
        const [part, text] = (reply as Data).result.data.json.data.data;
        return `${part} ${text === data(Number(text[0])) ? text[0] : "broken"}`;
      });
      expect(datas).toEqual(
        Array.from({ length: 27 }, (_, at) => `${(at % 3) + 1} ${Math.floor(at / 3) + 1}`),
      );
    }
  });
});
