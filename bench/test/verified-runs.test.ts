import { createServer, type Server, type Socket } from "node:net";
import { expect, it } from "vitest";
import { FanOutLoad } from "../src/fanout/fan-out-load.js";
import type { Peer } from "../src/fanout/peers.js";
import { relayProtocol } from "../src/fanout/protocols/plain.js";
import { listening } from "../src/fanout/servers/listening.js";
import { Resources } from "../src/harness/resources.js";

/** A relay that does something to the lines of each chunk before it passes them on. */
const relay = (change: (lines: string[]) => string[]): Peer => ({
  name: "a relay",
  protocol: relayProtocol,
  start: async (resources) => {
    const subscribers = new Set<Socket>();
    const server: Server = createServer((socket) => {
      socket.on("error", () => socket.destroy());
      socket.once("close", () => subscribers.delete(socket));
      let rest = "";
      socket.on("data", (chunk: Buffer) => {
        const lines = (rest + chunk.toString()).split("\n");
        rest = lines.pop() as string;
        if (lines[0] === "SUBSCRIBE") {
          subscribers.add(socket);
          socket.write("OK\n");
          return;
        }
        const text = change(lines).map((line) => `${line}\n`);
        for (const subscriber of subscribers) subscriber.write(text.join(""));
      });
    });
    const port = await listening(server.listen(0, "127.0.0.1"));
    return resources.keep({
      port,
      usage: () => Promise.resolve({ cpuMicros: 0, residentBytes: 0, anonymousBytes: 0 }),
      close: () => new Promise<void>((resolve) => server.close(() => resolve())),
    });
  },
});

const roundWith = async (peer: Peer): Promise<FanOutLoad> => {
  await using resources = new Resources();
  const load = await FanOutLoad.open(resources, peer, { subscribers: 3, bytes: 64, round: { events: 400 } });
  await load.round();
  return load;
};

it("counts a round in which every subscriber got exactly what was sent", async () => {
  const { samples, publisher, audience } = await roundWith(relay((lines) => lines));
  expect(samples).toHaveLength(1);
  expect(audience.delivered).toBe(publisher.sent * 3);
});

it("fails a round in which an event came twice", async () => {
  const round = roundWith(relay((lines) => [...lines, lines.at(-1) as string]));
  await expect(round).rejects.toThrow("a relay: the run is void");
});

it("fails a round in which events came in another order", async () => {
  const round = roundWith(relay((lines) => lines.toReversed()));
  await expect(round).rejects.toThrow("a relay: the run is void");
});
