import { createHmac } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { call, openPlain, openStream, refusedUpgrade } from "../../server/test/support/plain.js";
import { collect, failureOf, rtmsgOf, stockSocketClient } from "../../server/test/support/stock-client.js";
import { until } from "../../server/test/support/until.js";
import { runCli, startCli } from "./support/cli.js";
import { tempFolder } from "./support/temp-folder.js";

const SECRET = "a secret that nobody knows, of more than 32 bytes";
const OPEN_TO_ALL = ["serve", "--host", "0.0.0.0", "--port", "0", "--engine", "memory"];
const RIGHTS = { produce: ["orders.*"], subscribe: ["orders.>"] };

function jwt(sub: string): string {
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString("base64url");
  const exp = Math.floor(Date.now() / 1_000) + 600;
  const signed = `${encode({ alg: "HS256" })}.${encode({ sub, exp, rtmsg: RIGHTS })}`;
  return `${signed}.${createHmac("sha256", SECRET).update(signed).digest("base64url")}`;
}

const input = (topic: string): string =>
  `input=${encodeURIComponent(JSON.stringify({ json: { topic, from: "earliest" } }))}`;
const bearer = (token?: string): Record<string, string> =>
  token === undefined ? {} : { authorization: `Bearer ${token}` };
/** How a client reads a topic over each transport, or produces to it: "ok", or the code of the refusal. */
const TRANSPORTS: Record<string, (url: string, topic: string, token?: string) => Promise<unknown>> = {
  "tRPC's socket": async (url, topic, token) => {
    const { trpc } = stockSocketClient(url, token === undefined ? {} : { connectionParams: { token } });
    const collected = collect(trpc, { topic, from: "earliest" });
    return collected.reach(1).then(
      () => "ok",
      (error: unknown) => rtmsgOf(error)["code"],
    );
  },
  "tRPC over HTTP": async (url, topic, token) => {
    const { status, text } = await call(
      "GET",
      `${url}/trpc/history?${input(topic)}`,
      undefined,
      bearer(token),
    );
    return status === 200 ? "ok" : /"rtmsg":\{"code":"(\w+)"/.exec(text)?.[1];
  },
  "tRPC's event stream": async (url, topic, token) => {
    const params = token === undefined ? {} : { token };
    const path = `/trpc/subscribe?${input(topic)}&connectionParams=${encodeURIComponent(JSON.stringify(params))}`;
    const stream = await openStream(url, path);
    await until(() => stream.isEnded || stream.frames.some(({ id }) => id !== undefined), "it has answered");
    if (!stream.isEnded) return "ok";
    return /"rtmsg":\{"code":"(\w+)"/.exec((await call("GET", url + path)).text)?.[1];
  },
  "an event stream": async (url, topic, token) => {
    const path = `/subscribe/${topic}?from=earliest${token === undefined ? "" : `&token=${token}`}`;
    const accept = { accept: "text/event-stream" };
    if ((await call("HEAD", url + path, undefined, accept)).status !== 200) {
      return (await call("GET", url + path, undefined, accept)).body["code"];
    }
    await (await openStream(url, path)).reach(1);
    return "ok";
  },
  "a plain WebSocket": async (url, topic, token) => {
    const path = `/subscribe/${topic}?from=earliest${token === undefined ? "" : `&token=${token}`}`;
    if (token === undefined || !topic.startsWith("orders.")) {
      return (await refusedUpgrade(url, path)).body["code"];
    }
    await (await openPlain(url, path)).reach(1);
    return "ok";
  },
  "a plain POST": async (url, topic, token) => {
    const headers = { "content-type": "application/json", ...bearer(token) };
    const { status, body } = await call("POST", `${url}/produce/${topic}`, "1", headers);
    return status === 200 ? "ok" : body["code"];
  },
};

it("is safe to reach from anywhere, and only then can be", async () => {
  await using folder = await tempFolder();
  const refused = await runCli(OPEN_TO_ALL, { cwd: folder.path });
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toContain("Refused to listen on 0.0.0.0");

  writeFileSync(join(folder.path, "secret"), SECRET);
  await using broker = startCli([...OPEN_TO_ALL, "--auth-jwt-secret-file", "secret"], { cwd: folder.path });
  const url = (await broker.url()).replace("0.0.0.0", "127.0.0.1");
  const token = jwt("ann");
  const post = { "content-type": "application/json", ...bearer(token) };
  expect((await call("POST", `${url}/produce/orders.created`, "0", post)).status).toBe(200);

  for (const [name, use] of Object.entries(TRANSPORTS)) {
    expect([name, await use(url, "orders.created")]).toEqual([name, "UNAUTHENTICATED"]);
    expect([name, await use(url, "users", token)]).toEqual([name, "FORBIDDEN"]);
    expect([name, await use(url, "orders.created", token)]).toEqual([name, "ok"]);
  }

  // A fresh token takes the old one's place while events come.
  const { trpc } = stockSocketClient(url, { connectionParams: { token } });
  const collected = collect(trpc, { topic: "orders.>" });
  await until(() => collected.started === 1, "it has started");
  const count = 60;
  for (let data = 0; data < count; data++) {
    const produced = trpc.produce.mutate({ topic: "orders.created", data });
    if (data % 20 === 10) {
      const { expiresAt } = await trpc.auth.refresh.mutate({ token: jwt(`ann ${data}`) });
      expect(expiresAt).toBeGreaterThan(Date.now());
    }
    await produced;
  }
  const items = await collected.reach(count);
  expect(items.map(({ data }) => data)).toEqual(Array.from({ length: count }, (_, index) => index));
  expect(collected.started).toBe(1);
  expect(await failureOf(trpc.auth.refresh.mutate({ token: `${token}x` }))).toMatchObject({
    code: "UNAUTHENTICATED",
  });
  expect(broker.stdout + broker.stderr).not.toContain(token);
});
