import { createClient, type ConnectionChange } from "@rtmsg/client";
import { createServer, type AddressInfo } from "node:net";
import { expect, test, vi } from "vitest";
import { answer, refuse, ScriptedServer } from "./support/scripted-server.js";
import { QUICK, setUp } from "./support/setup.js";
import { take } from "./support/take.js";
import { uncaughtDuring } from "./support/uncaught.js";
import { until } from "./support/until.js";

test("the connection tells every change, with the state before and what failed", async () => {
  await using setup = await setUp();
  const { client, proxy } = setup;
  const changes: ConnectionChange[] = [];
  const stop = client.connection.subscribe((change) => changes.push(change));
  expect(client.connection.state).toBe("connecting");
  await until(() => client.connection.state === "open");
  proxy.cut();
  await until(() => changes.length === 4);
  expect(changes).toMatchObject([
    { state: "open", previous: "connecting", error: undefined },
    { state: "waiting", previous: "open", error: { code: "UNAVAILABLE" } },
    { state: "connecting", previous: "waiting", error: { code: "UNAVAILABLE" } },
    { state: "open", previous: "connecting", error: undefined },
  ]);
  stop();
  await client.close();
  expect(changes).toHaveLength(4);
  expect(client.connection).toMatchObject({ state: "closed", error: { code: "CLOSED" } });
});

test("a listener that throws, or closes the client, disturbs nobody", async () => {
  await using setup = await setUp({ lazy: true });
  const { client } = setup;
  await uncaughtDuring(async (uncaught) => {
    const heard: string[] = [];
    const heardLater: string[] = [];
    client.connection.subscribe(({ state }) => {
      throw new Error(`not ${state}`);
    });
    client.connection.subscribe(({ state }) => {
      heard.push(state);
      if (state === "open") void client.close();
    });
    client.connection.subscribe(({ state }) => heardLater.push(state));
    await expect(client.topics.list.query()).rejects.toMatchObject({ code: "CLOSED" });
    expect(heard).toEqual(["connecting", "open", "closed"]);
    expect(heardLater).toEqual(heard);
    await until(() => uncaught.length === 3);
  });
});

test("a lazy client connects with its first call or subscription", async () => {
  await using setup = await setUp({ lazy: true });
  const { client, proxy, connect } = setup;
  const other = connect();
  expect(client.connection.state).toBe("idle");
  await client.topics.list.query();
  expect(client.connection.state).toBe("open");
  expect(proxy.connections).toBe(1);
  const subscription = other.subscribe({ topic: "logs.a", marks: true });
  await take(subscription, 1);
  expect(proxy.connections).toBe(2);
});

test("a server that asks for it gets another connection, and no call or event is lost", async () => {
  await using server = await ScriptedServer.start((message, socket) => {
    if (message.params?.path === "topics.list") {
      // The notice first, then the answer to what is under way.
      socket.send(JSON.stringify({ id: null, method: "reconnect" }));
      setTimeout(() => answer(socket, message.id, { topics: [], next: null }), 30);
    } else if (message.method === "subscription") {
      const offset = server.addresses.length;
      const event = { topic: "a", offset, cursor: `aaaaaaaa-${offset}`, time: 1, data: offset };
      answer(socket, message.id, { id: event.cursor, data: [event] });
    }
  });
  await using client = createClient({ url: server.url, backoff: QUICK });
  const states: string[] = [];
  client.connection.subscribe(({ state }) => states.push(state));
  const subscription = client.subscribe({ topic: "a" });
  await take(subscription, 1);
  await client.trpc.topics.list.query();
  const [event] = await take(subscription, 1);
  expect(event?.data).toBe(2);
  expect(states).toEqual(["open", "connecting", "open"]);
  expect(server.addresses).toHaveLength(2);
});

test("what a server's own broadcast asks for is done by every client, each in its own time", async () => {
  const random = vi.spyOn(Math, "random");
  await using server = await ScriptedServer.start(({ id }, socket) => answer(socket, id, null));
  await using client = createClient({ url: server.url, backoff: { baseMs: 1, maxMs: 20 } });
  await until(() => client.connection.state === "open");
  random.mockClear();
  server.tell({ id: null, method: "reconnect" });
  server.tell({ id: null, method: "reconnect" });
  await until(() => server.addresses.length === 2 && client.connection.state === "open");
  expect(random).toHaveBeenCalled();
  random.mockRestore();
});

test("waits grow until the server has accepted, not until a socket opens", async () => {
  await using server = await ScriptedServer.start((_, socket) => socket.close());
  server.greets = false;
  const random = vi.spyOn(Math, "random").mockReturnValue(0.999);
  const timeouts = vi.spyOn(globalThis, "setTimeout");
  await using client = createClient({ url: server.url, backoff: { baseMs: 2, maxMs: 1_000 } });
  await until(() => server.addresses.length === 6);
  const waits = timeouts.mock.calls.map(([, ms]) => ms ?? 0).filter((ms) => !Number.isInteger(ms));
  expect(waits.slice(0, 5).map(Math.ceil)).toEqual([2, 4, 8, 16, 32]);
  server.greets = true;
  await until(() => client.connection.state === "open");
  timeouts.mockClear();
  server.cut();
  const wait = (): number | undefined => timeouts.mock.calls.find(([, ms]) => !Number.isInteger(ms))?.[1];
  await until(() => wait() !== undefined);
  expect(Math.ceil(wait() ?? 0)).toBe(2);
  random.mockRestore();
  timeouts.mockRestore();
});

test.each([
  ["an error for the connection", "UNAUTHENTICATED"],
  ["an error for the first call", "FORBIDDEN"],
  ["a close with the code as its reason", "UNAUTHENTICATED"],
])("a refusal by %s ends the client, and says why", async (how, code) => {
  await using server = await ScriptedServer.start(({ id }, socket) => {
    if (how.includes("close")) socket.close(4401, code);
    else refuse(socket, how.includes("first") ? id : null, { code });
  });
  server.greets = false;
  await using client = createClient({ url: server.url, backoff: QUICK });
  await expect(client.produce.mutate({ topic: "a", data: 1 })).rejects.toMatchObject({ code });
  expect(client.connection).toMatchObject({ state: "closed", error: { code } });
  await expect(client.topics.list.query()).rejects.toMatchObject({ code });
  expect(server.addresses).toHaveLength(1);
});

test.each([
  ["FORBIDDEN", "closed"],
  ["UNAVAILABLE", "waiting"],
])("in Node, an upgrade that is answered with %s leaves the client %s", async (code, state) => {
  const body = JSON.stringify({ code, message: "Not from this origin" });
  const http = createServer((socket) => {
    socket.once("data", () =>
      socket.end(`HTTP/1.1 403 Forbidden\r\ncontent-length: ${body.length}\r\n\r\n${body}`),
    );
    socket.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const client = createClient({ url, backoff: { baseMs: 1_000_000, maxMs: 1_000_000 } });
  await until(() => client.connection.state === state);
  expect(client.connection.error).toMatchObject({ code, message: "Not from this origin" });
  await client.close();
  await new Promise((resolve) => http.close(resolve));
});

test("in Node, an answer that is none of rtmsg's is told by its status", async () => {
  const http = createServer((socket) => {
    socket.once("data", () => socket.end("HTTP/1.1 502 Bad Gateway\r\ncontent-length: 4\r\n\r\noops"));
    socket.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/?token=secret`;
  const client = createClient({ url, backoff: { baseMs: 1_000_000, maxMs: 1_000_000 } });
  await until(() => client.connection.state === "waiting");
  const { error } = client.connection;
  expect(error).toMatchObject({ code: "UNAVAILABLE" });
  expect(error?.message).toContain("answered with HTTP 502");
  // The address may hold a secret.
  expect(error?.message).not.toContain("secret");
  await client.close();
  await new Promise((resolve) => http.close(resolve));
});

test("a server that does not know the first call has accepted the connection all the same", async () => {
  await using server = await ScriptedServer.start(({ id, params }, socket) => {
    if (params?.path === "server.info") refuse(socket, id, { code: "INPUT_INVALID" });
    else answer(socket, id, { topics: [], next: null });
  });
  server.greets = false;
  await using client = createClient({ url: server.url });
  expect(await client.topics.list.query()).toEqual({ topics: [], next: null });
});
