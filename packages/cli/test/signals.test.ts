import { afterEach, describe, expect, it, vi } from "vitest";
import { listenForStop } from "../src/io/signals.js";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("listenForStop", () => {
  it("stops in order at the first signal, and at once at one that comes more than a second later", () => {
    vi.useFakeTimers();
    const exit = vi.spyOn(process, "exit").mockImplementation((() => undefined) as never);
    using stop = listenForStop();
    expect(stop.signal.aborted).toBe(false);
    process.emit("SIGINT", "SIGINT");
    expect(stop.signal.aborted).toBe(true);
    vi.advanceTimersByTime(900);
    process.emit("SIGINT", "SIGINT");
    expect(exit).not.toHaveBeenCalled();
    vi.advanceTimersByTime(200);
    process.emit("SIGTERM", "SIGTERM");
    expect(exit).toHaveBeenCalledExactlyOnceWith(143);
    process.removeAllListeners("SIGINT").removeAllListeners("SIGTERM");
  });

  it("leaves no listener behind when there was no signal", () => {
    const before = process.listenerCount("SIGINT");
    listenForStop()[Symbol.dispose]();
    expect(process.listenerCount("SIGINT")).toBe(before);
  });
});
