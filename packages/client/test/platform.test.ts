import { afterEach, expect, test, vi } from "vitest";
import { newEventId } from "../src/produce/event-id.js";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

test("in a browser, which has no setImmediate, the end of a turn comes after all that is due in it", async () => {
  vi.stubGlobal("setImmediate", undefined);
  vi.resetModules();
  const { atEndOfTurn } = await import("../src/connection/turn.js");
  const steps: string[] = [];
  await new Promise<void>((resolve) => {
    atEndOfTurn(() => {
      steps.push("end");
      atEndOfTurn(resolve);
    });
    atEndOfTurn(() => steps.push("end too"));
    void Promise.resolve()
      .then(() => steps.push("microtask"))
      .then(() => steps.push("microtask of a microtask"));
    steps.push("turn");
  });
  expect(steps).toEqual(["turn", "microtask", "microtask of a microtask", "end", "end too"]);
});

test("events have ids of their own, on a page without TLS too, where there is no randomUUID", () => {
  const { crypto } = globalThis;
  vi.stubGlobal("crypto", { getRandomValues: crypto.getRandomValues.bind(crypto) });
  const ids = Array.from({ length: 1_000 }, newEventId);
  expect(new Set(ids).size).toBe(1_000);
  for (const id of ids) expect(id).toMatch(/^[\w-]{16}$/);
  // Each of its places varies.
  for (let place = 0; place < 16; place++) expect(new Set(ids.map((id) => id[place])).size).toBe(64);
});
