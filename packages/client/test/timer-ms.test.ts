import { afterEach, expect, test, vi } from "vitest";
import { KeepAlive } from "../src/connection/keep-alive.js";
import { timerMs } from "../src/timer-ms.js";

afterEach(() => {
  vi.useRealTimers();
});

test("a time that no timer can be set for is the nearest that one can", () => {
  const longest = 2 ** 31 - 1;
  expect([0, 5, longest].map(timerMs)).toEqual([0, 5, longest]);
  expect([-1, Number.NaN, -Infinity].map(timerMs)).toEqual([0, 0, 0]);
  expect([longest + 1, Infinity].map(timerMs)).toEqual([longest, longest]);
});

test("keep-alive without bounds neither asks nor gives up", () => {
  vi.useFakeTimers();
  const [ping, giveUp] = [vi.fn<() => void>(), vi.fn<() => void>()];
  const never = new KeepAlive({ intervalMs: Infinity, pongTimeoutMs: 5 }, ping, giveUp);
  vi.advanceTimersByTime(86_400_000);
  expect(ping).not.toHaveBeenCalled();
  never.stop();
  const patient = new KeepAlive({ intervalMs: 5, pongTimeoutMs: Infinity }, ping, giveUp);
  vi.advanceTimersByTime(86_400_000);
  expect(ping).toHaveBeenCalledOnce();
  expect(giveUp).not.toHaveBeenCalled();
  patient.stop();
});
