import { createClient, RtmsgError } from "@rtmsg/client";
import type { Identity } from "@rtmsg/server";
import { startTestServer } from "@rtmsg/server/testing";
import { expect, test } from "vitest";
import { refreshDelay } from "../src/connection/token.js";
import { answer, refuse, ScriptedServer, type Script } from "./support/scripted-server.js";
import { QUICK } from "./support/setup.js";
import { until } from "./support/until.js";

/** A token that says when it expires; nobody here checks its signature. */
function jwt(expiresInMs: number, name = "t", now = Date.now()): string {
  const exp = (now + expiresInMs) / 1_000;
  const claims = Buffer.from(JSON.stringify({ sub: "é?>", name, exp })).toString("base64url");
  return `e30.${claims}.c2ln`;
}

const listing: Script = ({ id }, socket) => answer(socket, id, { topics: [], next: null });

test("the token goes with the connection's params", async () => {
  await using server = await ScriptedServer.start(listing);
  await using client = createClient({ url: server.url, token: "secret" });
  await client.topics.list.query();
  expect(server.params).toEqual([{ protocol: "1", token: "secret" }]);
});

test("a function is asked for the token afresh for each connection", async () => {
  await using server = await ScriptedServer.start(listing);
  let asked = 0;
  await using client = createClient({
    url: server.url,
    backoff: QUICK,
    token: () => Promise.resolve(`token ${++asked}`),
  });
  await client.topics.list.query();
  server.cut();
  await until(() => server.params.length === 2);
  await client.topics.list.query();
  expect(server.params).toMatchObject([{ token: "token 1" }, { token: "token 2" }]);
});

test("a function that fails is asked again, and says why meanwhile", async () => {
  await using server = await ScriptedServer.start(listing);
  const answers: unknown[] = [new Error("no network"), 5];
  const errors: (string | undefined)[] = [];
  await using client = createClient({
    url: server.url,
    backoff: QUICK,
    token: () => {
      const next = answers.shift();
      if (next instanceof Error) throw next;
      return (next ?? "at last") as string;
    },
  });
  client.connection.subscribe(({ state, error }) => state === "waiting" && errors.push(error?.message));
  await client.topics.list.query();
  expect(errors).toEqual([
    "token() failed: no network",
    "token() returned number: return the token as a string",
  ]);
  expect(server.params).toMatchObject([{ token: "at last" }]);
});

test("a function may end the client: who has signed out does not come back", async () => {
  await using server = await ScriptedServer.start(listing);
  const signedOut = new RtmsgError("UNAUTHENTICATED", "Signed out");
  await using client = createClient({ url: server.url, token: () => Promise.reject(signedOut) });
  await expect(client.topics.list.query()).rejects.toBe(signedOut);
  expect(client.connection).toMatchObject({ state: "closed", error: signedOut });
  expect(server.addresses).toEqual([]);
});

test("a token that ends on a live connection is replaced, where there is a function", async () => {
  await using server = await ScriptedServer.start((message, socket) => {
    if (server.params.length === 1) socket.close(4_401, "UNAUTHENTICATED");
    else listing(message, socket);
  });
  let asked = 0;
  await using client = createClient({ url: server.url, backoff: QUICK, token: () => `token ${++asked}` });
  await client.topics.list.query();
  expect(server.params).toMatchObject([{ token: "token 1" }, { token: "token 2" }]);
});

test("a token that has ended and is given again closes the client", async () => {
  await using server = await ScriptedServer.start((_, socket) => socket.close(4_401, "UNAUTHENTICATED"));
  await using client = createClient({ url: server.url, backoff: QUICK, token: () => "the same" });
  await expect(client.topics.list.query()).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
  expect(client.connection.state).toBe("closed");
  expect(server.params).toHaveLength(1);
});

test("a server that cannot check the token for the moment is asked again", async () => {
  let isAway = true;
  const auth = (): Identity => {
    if (isAway) throw new Error("the directory is away");
    return { name: "me", rights: { produce: [">"], subscribe: [">"], admin: false } };
  };
  await using server = await startTestServer({ auth });
  await using client = createClient({ url: server.url, backoff: QUICK, token: "secret" });
  await until(() => client.connection.state === "waiting");
  expect(client.connection.error).toMatchObject({ code: "UNAVAILABLE" });
  isAway = false;
  expect((await client.topics.list.query()).topics).toEqual([]);
});

test("a fresh token that waits to be handed over is not handed to the next connection", async () => {
  await using server = await ScriptedServer.start(({ id, params }, socket) => {
    if (server.params.length > 1) answer(socket, id, params?.path === "produceBatch" ? { results: [] } : {});
  });
  let asked = 0;
  // The first is to be replaced after a second.
  const token = (): string => jwt(asked++ === 0 ? 1_200 : 3_600_000, String(asked));
  await using client = createClient({ url: server.url, backoff: QUICK, token });
  // So many calls are under way that nothing else is sent.
  const calls = Array.from({ length: 500 }, () => client.topics.list.query());
  await until(() => asked === 2);
  server.cut();
  await Promise.all(calls);
  await client.topics.list.query();
  expect(server.params).toHaveLength(2);
  expect(server.callsOf("auth.refresh")).toEqual([]);
});

test("a function that answers after the client was closed opens nothing", async () => {
  await using server = await ScriptedServer.start(listing);
  let give: (token: string) => void = () => undefined;
  const token = new Promise<string>((resolve) => (give = resolve));
  const client = createClient({ url: server.url, token: () => token });
  await client.close();
  give("late");
  await new Promise(setImmediate);
  expect(client.connection.state).toBe("closed");
  expect(server.addresses).toEqual([]);
});

test("before it expires, a fresh token takes the old one's place on the live connection", async () => {
  const refreshed: unknown[] = [];
  await using server = await ScriptedServer.start((message, socket) => {
    if (message.params?.path !== "auth.refresh") {
      listing(message, socket);
      return;
    }
    refreshed.push(message.params.input.json);
    answer(socket, message.id, null);
  });
  const tokens = [jwt(1_500, "first"), jwt(1_800, "second"), jwt(60_000, "third")];
  const given: string[] = [];
  await using client = createClient({
    url: server.url,
    token: () => {
      const token = tokens.shift() ?? "";
      given.push(token);
      return token;
    },
  });
  await client.topics.list.query();
  await until(() => refreshed.length === 2);
  expect(refreshed).toEqual(given.slice(1).map((token) => ({ token })));
  expect(server.addresses).toHaveLength(1);
});

test("a server that cannot refresh gets another connection in good time, without a lost call", async () => {
  await using server = await ScriptedServer.start((message, socket) => {
    if (message.params?.path === "auth.refresh") refuse(socket, message.id, { code: "INPUT_INVALID" });
    else listing(message, socket);
  });
  const tokens = [jwt(1_200, "first"), jwt(60_000, "second")];
  await using client = createClient({ url: server.url, token: () => tokens.shift() ?? "none" });
  const states: string[] = [];
  client.connection.subscribe(({ state }) => states.push(state));
  await client.topics.list.query();
  // One token was asked for the refresh, and another one for the connection.
  await until(() => server.params.length === 2);
  await client.topics.list.query();
  expect(server.params).toMatchObject([{}, { token: "none" }]);
  expect(states).toEqual(["open", "connecting", "open"]);
});

test("a refresh that is refused ends the client, and says so", async () => {
  await using server = await ScriptedServer.start((message, socket) => {
    if (message.params?.path === "auth.refresh") refuse(socket, message.id, { code: "UNAUTHENTICATED" });
  });
  await using client = createClient({ url: server.url, token: () => jwt(1_200) });
  const subscription = client.subscribe({ topic: "a" });
  await expect(subscription.next()).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
  expect(client.connection).toMatchObject({ state: "closed", error: { code: "UNAUTHENTICATED" } });
});

test.each([
  ["a fifth of its time before it expires", 10_000, 8_000],
  ["a minute before it expires, when it has long", 3_600_000, 3_540_000],
  ["not more often than once a second", 500, 1_000],
  ["as late as a timer can, at most", 1e12, 2 ** 31 - 1],
])("a token is replaced %s", (_, expiresInMs, delay) => {
  const now = 1_000_000_000_000;
  expect(refreshDelay(jwt(expiresInMs, "t", now), now)).toBe(delay);
});

test.each([
  ["has expired", jwt(-1_000)],
  ["does not say when it expires", `e30.${btoa('{"sub":"me"}')}.c2ln`],
  ["is malformed", "a.b.c"],
  ["is no JWT", "secret"],
  ["is JSON of another kind", `e30.${btoa("null")}.c2ln`],
  ["has an expiry that is no number", `e30.${btoa('{"exp":"soon"}')}.c2ln`],
])("a token that %s is not replaced", (_, token) => {
  expect(refreshDelay(token, Date.now())).toBeUndefined();
});

test("a token that is neither text nor a function is an error of the program", () => {
  expect(() => createClient({ url: "http://localhost", token: 5 as never })).toThrow("token is number");
});
