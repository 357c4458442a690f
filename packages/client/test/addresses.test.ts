import { createClient, type ConnectionState } from "@rtmsg/client";
import { expect, test } from "vitest";
import { Addresses } from "../src/connection/addresses.js";
import { answer, ScriptedServer } from "./support/scripted-server.js";
import { QUICK, setUp } from "./support/setup.js";
import { take } from "./support/take.js";
import { TcpProxy } from "./support/tcp-proxy.js";
import type { TestTopics } from "./support/topics.js";
import { until } from "./support/until.js";

test("addresses are used in their order, and the first comes after the last", () => {
  const addresses = new Addresses(["http://one", new URL("https://two/base")]);
  expect(addresses.count).toBe(2);
  const used = Array.from({ length: 3 }, () => {
    const { current, socket } = addresses;
    addresses.advance();
    return [current, socket];
  });
  const one = ["http://one", "ws://one/trpc"];
  expect(used).toEqual([one, ["https://two/base", "wss://two/base/trpc"], one]);
});

test("none, and one that is no address, are refused", () => {
  expect(() => createClient({ url: [] })).toThrow("url is empty");
  expect(() => createClient({ url: ["http://localhost", "localhost:3030"] })).toThrow(
    'url is "localhost:3030"',
  );
});

test("a client tries one after the other, round and round, until a server accepts it", async () => {
  await using setup = await setUp({ lazy: true });
  const { proxy, connect } = setup;
  await using other = await TcpProxy.start(() => 0);
  proxy.isRefusing = true;
  other.isRefusing = true;
  const client = connect({ url: [other.url, proxy.url] });
  const tried: string[] = [];
  client.connection.subscribe(({ state }) => {
    if (state === "connecting") tried.push(client.connection.url);
  });
  const listed = client.topics.list.query();
  await until(() => tried.length >= 4);
  expect(tried.slice(0, 4)).toEqual([other.url, proxy.url, other.url, proxy.url]);
  proxy.isRefusing = false;
  await listed;
  expect(client.connection).toMatchObject({ state: "open", url: proxy.url });
});

test("a client whose server is lost goes on at the next: each event once, and calls are answered", async () => {
  await using setup = await setUp({ lazy: true });
  const { server, proxy, connect } = setup;
  const port = Number(new URL(server.url).port);
  await using other = await TcpProxy.start(() => port);
  const client = connect({ url: [proxy.url, other.url] });
  const events = client.subscribe({ topic: "logs.a", marks: true });
  await events.next();
  const produce = (n: number) =>
    client.produce.mutate({ topic: "logs.a", data: { n, text: "" }, id: `e-${n}` });
  await produce(1);
  expect(client.connection.url).toBe(proxy.url);
  proxy.isRefusing = true;
  proxy.cut();
  await produce(2);
  expect(client.connection.url).toBe(other.url);
  other.isRefusing = true;
  proxy.isRefusing = false;
  other.cut();
  await produce(3);
  expect(client.connection.url).toBe(proxy.url);
  const items = await take(events, 4);
  expect(items.flatMap((item) => ("data" in item ? [item.data.n] : []))).toEqual([1, 2, 3]);
});

test("a server that sends its clients away is left for the next address", async () => {
  const states: ConnectionState[] = [];
  await using going = await ScriptedServer.start((message, socket) => {
    if (message.params?.path === "topics.list") {
      answer(socket, message.id, { topics: [], next: null });
      socket.send(JSON.stringify({ id: null, method: "reconnect" }));
    }
  });
  await using setup = await setUp({ lazy: true });
  const { server } = setup;
  await using client = createClient<TestTopics>({ url: [going.url, server.url], backoff: QUICK });
  client.connection.subscribe(({ state }) => states.push(state));
  await client.topics.list.query();
  await until(() => client.connection.url === server.url && client.connection.state === "open");
  // It was not lost: it was replaced.
  expect(states).toEqual(["open", "connecting", "open"]);
});
