import { describe, expect, it } from "vitest";
import { call, openPlain } from "../support/plain.js";
import { until } from "../support/until.js";
import { watchedServer } from "./healthy.js";

const JSON_TYPE = { "content-type": "application/json" };

/** How long one input may keep the server from its other clients, in ms; an honest one of 8 MB takes a part of it. */
const PATIENCE = 8_000;

/** A tree of pairs that are one object: small on the wire, and enormous when it is written out. */
function sharedTree(levels: number): { json: unknown; meta: unknown } {
  let json: unknown = ["x"];
  const equal: Record<string, string[]> = {};
  const path: string[] = ["data"];
  for (let level = 0; level < levels; level++) {
    json = { a: json, b: null };
    equal[[...path, "a"].join(".")] = [[...path, "b"].join(".")];
    path.push("a");
  }
  return { json: { topic: "t", data: json }, meta: { referentialEqualities: equal, v: 1 } };
}

/** A large Set, and very many paths that count through it. */
function pathsIntoSet(): { json: unknown; meta: unknown } {
  const size = 400_000;
  const paths = Array.from({ length: 100_000 }, () => `data.set.${size - 1}`);
  return {
    json: { topic: "t", data: { set: Array.from({ length: size }, (_, n) => n), one: 1 } },
    meta: { values: { "data.set": ["set"] }, referentialEqualities: { "data.one": paths }, v: 1 },
  };
}

/** The same through annotations that overlap. */
function annotationsIntoMap(): { json: unknown; meta: unknown } {
  const size = 200_000;
  const values: Record<string, unknown> = { "data.map": ["map"] };
  for (let n = 0; n < 100_000; n++) values[`data.map.${size - 1 - (n % 1_000)}.1.${n}`] = ["undefined"];
  const entries = Array.from({ length: size }, (_, n) => [n, n]);
  return { json: { topic: "t", data: { map: entries } }, meta: { values, v: 1 } };
}

const inputs: readonly (readonly [string, () => unknown])[] = [
  ["a value that shares its parts", () => sharedTree(25)],
  ["a value that shares its parts very often", () => sharedTree(60)],
  ["very many paths into a Set", pathsIntoSet],
  ["annotations within a Map that overlap", annotationsIntoMap],
  [
    "a bigint of a million digits",
    () => ({ json: { topic: "t", data: "9".repeat(1_000_000) }, meta: { values: { data: ["bigint"] } } }),
  ],
  [
    "a bigint of eight million digits",
    () => ({ json: { topic: "t", data: "9".repeat(8_000_000) }, meta: { values: { data: ["bigint"] } } }),
  ],
  [
    "a million small values",
    () => ({ json: { topic: "t", data: Array.from({ length: 1_000_000 }, () => ({})) } }),
  ],
  [
    "a path of a million steps",
    () => ({ json: { topic: "t", data: 1 }, meta: { values: { ["a.".repeat(1_000_000)]: ["Date"] } } }),
  ],
];

describe("an input that would cost much", () => {
  it.each(inputs)("%s over HTTP keeps nobody waiting for long", async (_, make) => {
    const { url, check } = await watchedServer();
    const body = JSON.stringify(make());
    const started = performance.now();
    const answer = await call("POST", `${url}/trpc/produce`, body, JSON_TYPE);
    await check();
    expect(performance.now() - started).toBeLessThan(PATIENCE);
    expect(answer.status).toBeLessThan(500);
  });

  it.each(inputs)("%s over the WebSocket keeps nobody waiting for long", async (_, make) => {
    const { url, check } = await watchedServer();
    const socket = await openPlain(url, "/trpc");
    const started = performance.now();
    socket.socket.send(
      JSON.stringify({ id: 1, method: "mutation", params: { path: "produce", input: make() } }),
    );
    await until(() => socket.messages.length === 1, "it is answered");
    await check();
    expect(performance.now() - started).toBeLessThan(PATIENCE);
  });
});
