import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createRouter } from "@rtmsg/server";
import { startTestServer, type TestServer } from "@rtmsg/server/testing";
import { expect, it } from "vitest";
import { WebSocket } from "ws";

const page = readFileSync(new URL("../../../../docs/PROTOCOL.md", import.meta.url), "utf8");
const EPOCH = "f3k9x2ma";

const conversations = Array.from(page.matchAll(/^```json conversation\n([\s\S]*?)^```$/gm), ([, text = ""]) =>
  text.trim().split("\n"),
);

/** What differs from run to run is made the same: the log's epoch, times, and the version. */
function plain(text: string, { broker }: TestServer): unknown {
  const steady = text.replaceAll(broker.epoch, EPOCH);
  return JSON.parse(steady, (name, value: unknown) => (name === "time" || name === "version" ? name : value));
}

/** Sends what the page sends, and expects what it gets: in its order for each id, as answers come in any. */
async function converse(lines: readonly string[], server: TestServer): Promise<void> {
  const params = lines[0]?.includes("connectionParams") === true ? "?connectionParams=1" : "";
  const socket = new WebSocket(`${server.url.replace("http", "ws")}/trpc${params}`);
  const received: unknown[] = [];
  socket.on("message", (data: Buffer) => received.push(plain(data.toString(), server)));
  await once(socket, "open");
  const expected: unknown[] = [];
  const byId = (messages: readonly unknown[]): unknown => {
    const groups = new Map<unknown, unknown[]>();
    for (const message of messages) {
      const { id } = message as { readonly id: unknown };
      groups.set(id, [...(groups.get(id) ?? []), message]);
    }
    return groups;
  };
  for (const line of lines) {
    const text = line.slice(2);
    if (line.startsWith("<")) expected.push(plain(text, server));
    else {
      await expect.poll(() => byId(received), { timeout: 10_000 }).toEqual(byId(expected));
      socket.send(text.replaceAll(EPOCH, server.broker.epoch));
    }
  }
  await expect.poll(() => byId(received), { timeout: 10_000 }).toEqual(byId(expected));
  socket.terminate();
  await once(socket, "close");
}

it("describes every procedure", async () => {
  await using server = await startTestServer();
  const { procedures } = createRouter(server.broker)._def;
  const names = Object.keys(procedures);
  expect(names.length).toBeGreaterThan(9);
  expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});

it("answers as the conversations in PROTOCOL.md say", async () => {
  await using server = await startTestServer();
  expect(conversations).toHaveLength(2);
  await converse(conversations[0] ?? [], server);
  await server.broker.produce({ topic: "chat.lobby", data: "meanwhile" });
  await converse(conversations[1] ?? [], server);
});
