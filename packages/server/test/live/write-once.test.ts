import { describe, expect, it } from "vitest";
import { turns } from "../support/until.js";
import { scriptedServer, type ScriptedClient } from "./support/scripted-server.js";

/** What reached the system of a client since a mark. */
function since(client: ScriptedClient, mark: number): Buffer[][] {
  return client.socket.writes.slice(mark);
}

describe("live events", () => {
  it("leave as one write for each connection and turn, whatever falls in the turn", async () => {
    const server = await scriptedServer();
    const client = await server.subscribed(1, { topic: "a.*" });
    client.subscribe(2, { topic: "b" });
    client.subscribe("three", { topic: ">" }, "subscribeBatch");
    const other = await server.subscribed(1, { topic: "a.*" });
    await turns(5);
    const marks = [client.socket.writes.length, other.socket.writes.length];
    const calls = client.socket.calls;
    let hasTurnEnded = false;
    setImmediate(() => (hasTurnEnded = true));
    client.send(
      { id: 10, method: "mutation", params: { path: "produce", input: { json: { topic: "b", data: 1 } } } },
      { id: 11, method: "mutation", params: { path: "produce", input: { json: { topic: "no topic" } } } },
    );
    client.socket.push(Buffer.from([0x81, 0x84, 0, 0, 0, 0, ...Buffer.from("PING")]));
    for (const topic of ["a.x", "b", "a.y", "c"]) await server.broker.produce({ topic, data: topic });
    await server.broker.produceBatch([
      { topic: "a.x", data: 1 },
      { topic: "b", data: 2 },
    ]);
    expect(hasTurnEnded).toBe(false);
    expect([since(client, marks[0]!), since(other, marks[1]!)]).toEqual([[], []]);
    await turns(5);
    expect(since(client, marks[0]!)).toHaveLength(1);
    expect(since(other, marks[1]!)).toHaveLength(1);
    expect(client.socket.calls).toBe(calls + 1);
    expect(
      client
        .items(1)
        .slice(2)
        .map(({ topic }) => topic),
    ).toEqual(["a.x", "a.y", "a.x"]);
    expect(client.items(2).map(({ data }) => data)).toHaveLength(3);
    expect(client.items("three")).toHaveLength(7);
    expect(client.replies.filter(({ id }) => id === 10 || id === 11)).toHaveLength(2);
  });

  it("leave as one vectored write where they are too much to be joined", async () => {
    const server = await scriptedServer();
    const client = await server.subscribed(1, { topic: "t" });
    client.subscribe(2, { topic: "t" });
    await turns(5);
    const mark = client.socket.writes.length;
    await server.broker.produce({ topic: "t", data: "x".repeat(40_000) });
    await turns(5);
    expect(since(client, mark)).toHaveLength(1);
    expect(since(client, mark)[0]).toHaveLength(2);
  });

  it("are the very same bytes in memory for every subscriber with the same request id", async () => {
    const server = await scriptedServer();
    const clients = [];
    for (let index = 0; index < 20; index++) clients.push(await server.subscribed(7, { topic: "t" }));
    const marks = clients.map(({ socket }) => socket.writes.length);
    await server.broker.produceBatch([1, 2, 3].map((data) => ({ topic: "t", data })));
    await turns(3);
    const written = clients.map((client, index) => since(client, marks[index]!));
    expect(written.map((writes) => writes.map(({ length }) => length))).toEqual(clients.map(() => [1]));
    const buffers = new Set(written.map(([write]) => write?.[0]));
    expect(buffers.size).toBe(1);
  });

  it("are equal bytes but for the id, whatever the ids are", async () => {
    const server = await scriptedServer();
    const ids = [
      0,
      1,
      9,
      10,
      99,
      100,
      65_535,
      2 ** 31,
      2 ** 53,
      -1,
      0.5,
      "",
      "1",
      "a",
      "ü",
      "👍",
      '"',
      "\\",
      "\u0000",
      "\u{d800}",
      "x".repeat(130),
      "ä".repeat(40_000),
      '{"id":1}',
      "0123456789",
    ];
    for (const path of ["subscribe", "subscribeBatch"]) {
      const clients = [];
      for (const id of ids) clients.push(await server.subscribed(id, { topic: "t" }, path));
      const marks = clients.map(({ socket }) => socket.writes.length);
      await server.broker.produceBatch([
        { topic: "t", data: { at: new Date(5), text: "ü👍\u2028" }, id: path, key: "k", headers: { h: "ö" } },
        { topic: "t", data: [] },
      ]);
      await turns(3);
      const texts = clients.map((client, index) => {
        const { replies } = client;
        expect(replies.every(({ id }) => id === ids[index])).toBe(true);
        expect(since(client, marks[index]!)).toHaveLength(1);
        return JSON.stringify(replies.slice(3).map(({ result }) => result));
      });
      expect(new Set(texts).size).toBe(1);
      expect(JSON.parse(texts[0]!)).toHaveLength(path === "subscribe" ? 2 : 1);
      for (const client of clients) client.socket.destroy();
    }
  });
});
