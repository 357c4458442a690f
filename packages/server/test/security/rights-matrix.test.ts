import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTRPCClient, httpLink } from "@trpc/client";
import superjson from "superjson";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { hashToken, tokenAuth } from "../../src/security/token-auth.js";
import { startTestServer, type TestServer } from "../../src/testing/index.js";
import type { AppRouter } from "../../src/topics/index.js";
import { call, openPlain, openStream, refusedUpgrade } from "../support/plain.js";
import { until } from "../support/until.js";
import { collect, failureOf, rtmsgOf, stockSocketClient } from "../support/stock-client.js";

const folder = mkdtempSync(join(tmpdir(), "rtmsg-test-"));
const file = join(folder, "tokens.json");
const TOKENS = {
  clerk: { produce: ["orders.*"], subscribe: ["orders.>"], admin: false },
  reader: { produce: [], subscribe: ["orders.created"], admin: false },
  nobody: { produce: [], subscribe: [], admin: false },
  admin: { produce: [], subscribe: [], admin: true },
} as const;
writeFileSync(
  file,
  JSON.stringify({
    tokens: Object.entries(TOKENS).map(([label, rights]) =>
      Object.assign({ label, hash: hashToken(label) }, rights),
    ),
  }),
);

const IDENTITIES = [...Object.keys(TOKENS), "a wrong token", undefined] as const;
const ACTIONS = ["produce", "produceBatch", "subscribe", "history", "get"] as const;
const NAMES = ["orders.created", "orders.a.b", "users", "absent"] as const;
const PATTERNS = ["orders.>", "orders.*", ">"] as const;

type Action = (typeof ACTIONS)[number];

/** What is allowed, written down by hand: `name action topic`. */
const ALLOWED = new Set(
  [
    ...["produce", "produceBatch"].map((action) => `clerk ${action} orders.created`),
    ...["orders.created", "orders.a.b", "orders.>", "orders.*"].flatMap((topic) =>
      ["subscribe", "history"].map((action) => `clerk ${action} ${topic}`),
    ),
    "clerk get orders.created",
    "clerk get orders.a.b",
    "reader subscribe orders.created",
    "reader history orders.created",
    "reader get orders.created",
    ...["orders.created", "orders.a.b", "users", "absent"].map((topic) => `admin get ${topic}`),
  ].values(),
);

function expected(identity: string | undefined, action: Action, topic: string): string {
  if (identity === undefined || identity === "a wrong token") return "UNAUTHENTICATED";
  if (!ALLOWED.has(`${identity} ${action} ${topic}`)) return "FORBIDDEN";
  return topic === "absent" ? "TOPIC_UNKNOWN" : "ok";
}

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ auth: tokenAuth({ file }) });
  for (const topic of ["orders.created", "orders.a.b", "users"])
    await server.broker.produce({ topic, data: 1 });
});

afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

function topicsOf(action: Action): readonly string[] {
  return action === "subscribe" || action === "history" ? [...NAMES.slice(0, 3), ...PATTERNS] : NAMES;
}

/** The code of what a call of tRPC ends with. */
async function outcome(work: () => Promise<unknown>): Promise<unknown> {
  let result: unknown;
  try {
    result = await work();
  } catch (error) {
    return rtmsgOf(error)["code"];
  }
  const [first] = (result as { results?: { ok: boolean; error?: { code: string } }[] }).results ?? [];
  return first?.ok === false ? first.error?.code : "ok";
}

type Trpc = ReturnType<typeof stockSocketClient>["trpc"];

function callTrpc(trpc: Trpc, action: Action, topic: string): Promise<unknown> {
  return outcome(async () => {
    if (action === "produce") return trpc.produce.mutate({ topic, data: 1 });
    if (action === "produceBatch") return trpc.produceBatch.mutate({ events: [{ topic, data: 1 }] });
    if (action === "history") return trpc.history.query({ topic });
    if (action === "get") return trpc.topics.get.query({ topic });
    return collect(trpc, { topic, from: "earliest" }).reach(1);
  });
}

const headersOf = (token: string | undefined): Record<string, string> =>
  token === undefined ? {} : { authorization: `Bearer ${token}` };

const TRANSPORTS: Record<
  string,
  (token: string | undefined, action: Action, topic: string) => Promise<unknown>
> = {
  // This is how the console speaks, too, and @rtmsg/client.
  "tRPC over a socket": (token, action, topic) => {
    const params = token === undefined ? {} : { connectionParams: { token } };
    return callTrpc(stockSocketClient(server.url, params).trpc, action, topic);
  },
  "tRPC over HTTP": (token, action, topic) => {
    const link = httpLink<AppRouter>({
      url: `${server.url}/trpc`,
      transformer: superjson,
      headers: headersOf(token),
    });
    return callTrpc(createTRPCClient<AppRouter>({ links: [link] }), action, topic);
  },
  "tRPC's event stream": async (token, _action, topic) => {
    const input = encodeURIComponent(JSON.stringify({ json: { topic, from: "earliest" } }));
    const params =
      token === undefined ? "" : `&connectionParams=${encodeURIComponent(JSON.stringify({ token }))}`;
    const stream = await openStream(server.url, `/trpc/subscribe?input=${input}${params}`);
    await until(() => stream.frames.length > 1 || stream.isEnded, "something has come");
    if (stream.status === 200 && stream.frames.some(({ id }) => id !== undefined)) return "ok";
    const { text } = await call("GET", `${server.url}/trpc/subscribe?input=${input}${params}`);
    return /"rtmsg":\{"code":"(\w+)"/.exec(text)?.[1] ?? text;
  },
  "the plain routes": async (token, action, topic) => {
    const path = {
      produce: `/produce/${topic}`,
      history: `/topics/${topic}/events`,
      get: `/topics/${topic}`,
    }[action as "get"];
    const headers = { ...headersOf(token), "content-type": "application/json" };
    const method = action === "produce" ? "POST" : "GET";
    const { status, body } = await call(
      method,
      server.url + path,
      method === "POST" ? "1" : undefined,
      headers,
    );
    return status === 200 ? "ok" : body["code"];
  },
  "an event stream": async (token, _action, topic) => {
    const query = token === undefined ? "" : `&token=${encodeURIComponent(token)}`;
    const path = `/subscribe/${topic}?from=earliest${query}`;
    const { status, body } = await call("HEAD", server.url + path, undefined, {
      accept: "text/event-stream",
    });
    if (status !== 200)
      return (
        (await call("GET", server.url + path, undefined, { accept: "text/event-stream" })).body["code"] ??
        body
      );
    await (await openStream(server.url, path)).reach(1);
    return "ok";
  },
  "a plain WebSocket": async (token, _action, topic) => {
    const query = token === undefined ? "" : `&token=${encodeURIComponent(token)}`;
    const path = `/subscribe/${topic}?from=earliest${query}`;
    if (expected(token, "subscribe", topic) !== "ok")
      return (await refusedUpgrade(server.url, path)).body["code"];
    await (await openPlain(server.url, path)).reach(1);
    return "ok";
  },
};

const ACTIONS_OF: Record<string, readonly Action[]> = {
  "tRPC over HTTP": ["produce", "produceBatch", "history", "get"],
  "tRPC's event stream": ["subscribe"],
  "the plain routes": ["produce", "history", "get"],
  "an event stream": ["subscribe"],
  "a plain WebSocket": ["subscribe"],
};

describe.each(Object.keys(TRANSPORTS))("over %s", (transport) => {
  const actions = ACTIONS_OF[transport] ?? ACTIONS;
  const cells = IDENTITIES.flatMap((identity) =>
    actions.flatMap((action) => topicsOf(action).map((topic) => ({ identity, action, topic }))),
  );
  test.each(cells)("$identity: $action $topic", async ({ identity, action, topic }) => {
    const result = await TRANSPORTS[transport]?.(identity, action, topic);
    expect(result).toBe(expected(identity, action, topic));
  });
});

test("names the action and the topic that are forbidden", async () => {
  const { trpc } = stockSocketClient(server.url, { connectionParams: { token: "reader" } });
  expect(await failureOf(trpc.produce.mutate({ topic: "users", data: 1 }))).toMatchObject({
    code: "FORBIDDEN",
    action: "produce",
    topic: "users",
    httpStatus: 403,
  });
});

test("lists the topics that one has some right to, whole pages of them", async () => {
  const namesOf = async (token: string): Promise<string[]> => {
    const { trpc } = stockSocketClient(server.url, { connectionParams: { token } });
    const names: string[] = [];
    for (let after: string | null | undefined; after !== null;) {
      const page = await trpc.topics.list.query({ limit: 1, ...(after !== undefined && { after }) });
      names.push(...page.topics.map(({ topic }) => topic));
      after = page.next;
    }
    return names;
  };
  expect(await namesOf("admin")).toEqual(["orders.a.b", "orders.created", "users"]);
  expect(await namesOf("clerk")).toEqual(["orders.a.b", "orders.created"]);
  expect(await namesOf("reader")).toEqual(["orders.created"]);
  expect(await namesOf("nobody")).toEqual([]);
});

test.each(IDENTITIES.map((identity) => ({ identity })))(
  "$identity: reads the metrics",
  async ({ identity }) => {
    const { status, body } = await call("GET", `${server.url}/metrics`, undefined, headersOf(identity));
    const refused = identity === undefined || identity === "a wrong token" ? "UNAUTHENTICATED" : "FORBIDDEN";
    expect(identity === "admin" ? status : body["code"]).toBe(identity === "admin" ? 200 : refused);
  },
);

const ADMIN_CALLS: Record<string, (trpc: Trpc) => Promise<unknown>> = {
  "admin.stats": (trpc) => trpc.admin.stats.query(),
  "admin.watch": (trpc) =>
    new Promise((resolve, reject) => {
      const watching = trpc.admin.watch.subscribe(undefined, { onData: resolve, onError: reject });
      onTestFinished(() => watching.unsubscribe());
    }),
  "admin.connections": (trpc) => trpc.admin.connections.query(),
  "admin.disconnect": (trpc) => trpc.admin.disconnect.mutate({ id: "nobody" }),
  "admin.trim": (trpc) => trpc.admin.trim.mutate({ topic: "users", before: 0 }),
  "admin.deleteTopic": (trpc) => trpc.admin.deleteTopic.mutate({ topic: "absent" }),
};

describe.each(Object.keys(ADMIN_CALLS))("%s", (name) => {
  test.each(IDENTITIES.map((identity) => ({ identity })))("$identity", async ({ identity }) => {
    const params = identity === undefined ? {} : { connectionParams: { token: identity } };
    const { trpc } = stockSocketClient(server.url, params);
    const result = await outcome(() => ADMIN_CALLS[name]?.(trpc) ?? Promise.resolve());
    const refused = identity === undefined || identity === "a wrong token" ? "UNAUTHENTICATED" : "FORBIDDEN";
    const allowed = name === "admin.deleteTopic" ? "TOPIC_UNKNOWN" : "ok";
    expect(result).toBe(identity === "admin" ? allowed : refused);
  });
});

test("names who is connected", async () => {
  const { trpc } = stockSocketClient(server.url, { connectionParams: { token: "admin" } });
  const plain = await openPlain(server.url, "/subscribe/orders.created?token=reader");
  const { connections } = await trpc.admin.connections.query();
  const names = connections.map(({ identity }) => identity);
  expect(names).toContain("admin");
  expect(names).toContain("reader");
  plain.socket.terminate();
});

test("tells anyone whether it is well, and nothing else", async () => {
  expect((await call("GET", `${server.url}/healthz`)).status).toBe(200);
  expect((await call("GET", `${server.url}/`)).status).toBe(200);
  expect((await call("GET", `${server.url}/topics`)).body).toMatchObject({ code: "UNAUTHENTICATED" });
});
