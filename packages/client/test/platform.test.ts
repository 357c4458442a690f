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

test("on a page without TLS, where there is no randomUUID, events have ids all the same", () => {
  const { crypto } = globalThis;
  vi.stubGlobal("crypto", { getRandomValues: crypto.getRandomValues.bind(crypto) });
  const ids = Array.from({ length: 100 }, newEventId);
  expect(new Set(ids).size).toBe(100);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
});
