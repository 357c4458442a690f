import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { DEFAULT_LIMITS } from "../../src/limits/limits.js";
import { silentLogger } from "../../src/observe/logger.js";
import { RtmsgError } from "../../src/protocol/error.js";
import { EXPIRY_GRACE_MS, Gate } from "../../src/security/gate.js";
import type { Identity } from "../../src/security/identity.js";
import { Rates } from "../../src/security/rates.js";
import { hashToken, tokenAuth } from "../../src/security/token-auth.js";
import { openPlain, openStream } from "../support/plain.js";
import { recordingLogger, serve } from "../support/serve.js";
import { collect, failureOf, rtmsgOf, stockSocketClient } from "../support/stock-client.js";
import { until } from "../support/until.js";

const identities: Record<string, Identity> = {
  all: { name: "ann", rights: { produce: [">"], subscribe: [">"], admin: false } },
  less: { name: "ann", rights: { produce: [], subscribe: ["a"], admin: false } },
};

function authenticate(token: string | undefined): Identity {
  const identity = identities[token ?? ""];
  if (identity === undefined) throw new RtmsgError("UNAUTHENTICATED", "Unknown");
  return identity;
}

afterEach(() => vi.useRealTimers());

describe("a fresh token on a live connection", () => {
  test("takes the old one's place, and no event is lost", async () => {
    const server = await serve({ auth: authenticate });
    const { trpc } = stockSocketClient(server.url, { connectionParams: { token: "all" } });
    const collected = collect(trpc, { topic: "a" });
    await until(() => collected.started === 1, "it has started");
    for (let data = 0; data < 50; data++) {
      await server.broker.produce({ topic: "a", data });
      if (data === 25) expect(await trpc.auth.refresh.mutate({ token: "less" })).toEqual({ expiresAt: null });
    }
    const items = await collected.reach(50);
    expect(items.map(({ data }) => data)).toEqual(Array.from({ length: 50 }, (_, index) => index));
    expect(await failureOf(trpc.produce.mutate({ topic: "a", data: 1 }))).toMatchObject({
      code: "FORBIDDEN",
    });
  });

  test("ends the subscriptions that it has no right to", async () => {
    const server = await serve({ auth: authenticate });
    const { trpc } = stockSocketClient(server.url, { connectionParams: { token: "all" } });
    const [one, other] = [collect(trpc, { topic: "a" }), collect(trpc, { topic: "b" })];
    await until(() => one.started + other.started === 2, "both have started");
    await trpc.auth.refresh.mutate({ token: "less" });
    expect(rtmsgOf(await other.failed())).toMatchObject({
      code: "FORBIDDEN",
      action: "subscribe",
      topic: "b",
    });
    await server.broker.produce({ topic: "a", data: 1 });
    await one.reach(1);
  });

  test("that is not good changes nothing", async () => {
    const server = await serve({ auth: authenticate });
    const { trpc } = stockSocketClient(server.url, { connectionParams: { token: "all" } });
    expect(await failureOf(trpc.auth.refresh.mutate({ token: "wrong" }))).toMatchObject({
      code: "UNAUTHENTICATED",
    });
    expect(await trpc.produce.mutate({ topic: "b", data: 1 })).toMatchObject({ offset: 1 });
    expect(await failureOf(trpc.auth.refresh.mutate({ token: "" }))).toMatchObject({ code: "INPUT_INVALID" });
  });
});

describe("a token that ends", () => {
  const gateFor = (authentication: () => Identity): Gate => {
    const gate = new Gate({
      authentication: { authenticate: authentication },
      authorize: undefined,
      logger: silentLogger,
      rates: new Rates(DEFAULT_LIMITS),
    });
    onTestFinished(() => gate.close());
    return gate;
  };
  const request = {} as Parameters<Gate["admit"]>[1];

  test("closes its connection after a grace, unless a fresh one comes", async () => {
    vi.useFakeTimers();
    let expiresAt = Date.now() + 1_000;
    const gate = gateFor(() => ({ ...(identities["all"] as Identity), expiresAt }));
    const [one, other] = [await gate.admit("t", request), await gate.admit("t", request)];
    const ended: string[] = [];
    one.onEnd(({ code }) => ended.push(`one ${code}`));
    other.onEnd(({ code }) => ended.push(`other ${code}`));
    vi.advanceTimersByTime(500);
    expiresAt += 60_000;
    expect(await other.access.refresh("t")).toEqual({ expiresAt });
    vi.advanceTimersByTime(500 + EXPIRY_GRACE_MS - 1);
    expect(ended).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(ended).toEqual(["one UNAUTHENTICATED"]);
    vi.advanceTimersByTime(60_000);
    expect(ended).toEqual(["one UNAUTHENTICATED", "other UNAUTHENTICATED"]);
  });

  test("may end later than a timer can wait", async () => {
    vi.useFakeTimers();
    const years = 100 * 365 * 86_400_000;
    const gate = gateFor(() => ({ ...(identities["all"] as Identity), expiresAt: Date.now() + years }));
    const admission = await gate.admit("t", request);
    let isEnded = false;
    admission.onEnd(() => (isEnded = true));
    vi.advanceTimersByTime(60 * 86_400_000);
    expect(isEnded).toBe(false);
  });

  test("is refused once it has ended", async () => {
    const gate = gateFor(() => ({ ...(identities["all"] as Identity), expiresAt: Date.now() - 1 }));
    await expect(gate.admit("t", request)).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
  });
});

describe("a token file", () => {
  const folder = mkdtempSync(join(tmpdir(), "rtmsg-test-"));
  const write = (name: string, tokens: unknown): string => {
    const file = join(folder, name);
    writeFileSync(file, JSON.stringify({ tokens }));
    return file;
  };
  const entry = (label: string) => ({ label, hash: hashToken(`token of ${label}`), subscribe: [">"] });

  test("that loses a token closes its connections, on every transport, and no other", async () => {
    const file = write("revoked.json", [entry("ann"), entry("bob")]);
    const logger = recordingLogger();
    const server = await serve({ auth: tokenAuth({ file, logger }), logger });
    const of = (who: string): string => `token=${encodeURIComponent(`token of ${who}`)}`;
    const closes: (number | undefined)[] = [];
    stockSocketClient(server.url, {
      connectionParams: { token: "token of ann" },
      onClose: (cause) => closes.push(cause?.code),
    });
    const plain = await openPlain(server.url, `/subscribe/a?${of("ann")}`);
    const stream = await openStream(server.url, `/subscribe/a?${of("ann")}`);
    const kept = await openPlain(server.url, `/subscribe/a?${of("bob")}`);
    writeFileSync(file, "{");
    await until(() => logger.lines.some(({ message }) => message === "token file not read"), "it is noticed");
    expect(plain.closed).toBeUndefined();
    write("revoked.json", [entry("bob")]);
    expect(await plain.end()).toEqual({ code: 4_401, reason: "UNAUTHENTICATED" });
    await until(() => stream.isEnded && closes[0] === 4_401, "the others are closed");
    expect(kept.closed).toBeUndefined();
    await server.broker.produce({ topic: "a", data: "still here" });
    expect(await kept.reach(1)).toEqual(["still here"]);
    expect(JSON.stringify(logger.lines)).not.toContain("token of");
  });

  test("is checked as a whole", () => {
    const file = write("wrong.json", [{ label: "", hash: "x", produce: ["a..b"] }, { rights: 1 }]);
    expect(() => tokenAuth({ file })).toThrow(/tokens\[1\][\s\S]*label[\s\S]*hash[\s\S]*produce/);
    expect(() => tokenAuth({ file: join(folder, "absent") })).toThrow("cannot be read");
    rmSync(folder, { recursive: true });
  });
});
