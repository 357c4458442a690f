// @vitest-environment happy-dom
import { act, cleanup, render, renderHook, waitFor } from "@testing-library/react";
import { RtmsgError, type RtmsgEvent, type TypesOf } from "@rtmsg/client";
import {
  createHooks,
  RtmsgProvider,
  useConnection,
  type TopicState,
  type UseTopicOptions,
} from "@rtmsg/client/react";
import { createElement, Fragment, StrictMode, type ReactNode } from "react";
import { renderToString } from "react-dom/server";
import { afterEach, describe, expect, it } from "vitest";
import { DistantEngine } from "../../../server/test/support/distant-engine.js";
import { QUICK, setUp, type Setup } from "../support/setup.js";
import type { TestTopics } from "../support/topics.js";

const { useTopic, useProduce } = createHooks<TestTopics>();
const PATIENCE = { timeout: 10_000 } as const;

afterEach(cleanup);

/** What components that are tested are rendered in. */
function within({ client }: Setup, mode: typeof StrictMode = StrictMode) {
  return ({ children }: { readonly children: ReactNode }) =>
    createElement(mode, null, createElement(RtmsgProvider<TypesOf<TestTopics>>, { client, children }));
}

const numbers = ({ events }: TopicState<RtmsgEvent<string, { n: number }>>): number[] =>
  events.map(({ data }) => data.n);

async function produce({ server }: Setup, first: number, last: number): Promise<void> {
  for (let n = first; n <= last; n++) await server.broker.produce({ topic: "logs.a", data: { n } });
}

const oneTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

describe.each([
  ["in StrictMode", StrictMode],
  ["without StrictMode", Fragment],
])("useTopic %s", (_name, mode) => {
  it("shows the past and what comes, each event once", async () => {
    await using setup = await setUp();
    await produce(setup, 1, 5);
    const { result } = renderHook(() => useTopic("logs.a", { from: "earliest" }), {
      wrapper: within(setup, mode),
    });
    expect(result.current).toMatchObject({ events: [], status: "connecting", error: undefined });
    await waitFor(() => expect(result.current.status).toBe("live"), PATIENCE);
    expect(numbers(result.current)).toEqual(oneTo(5));
    await produce(setup, 6, 9);
    await waitFor(() => expect(numbers(result.current)).toEqual(oneTo(9)), PATIENCE);
    expect(setup.server.broker.subscriberCount).toBe(1);
  });

  it("says that something may be missing while the server has lost its log", async () => {
    const engine = new DistantEngine();
    await using setup = await setUp({}, { engine: engine.open });
    const { result } = renderHook(() => useTopic("logs.a"), { wrapper: within(setup, mode) });
    await waitFor(() => expect(result.current.status).toBe("live"), PATIENCE);
    engine.leave();
    await waitFor(() => expect(result.current.status).toBe("stale"), PATIENCE);
    const json = new TextEncoder().encode('{"n":1}');
    await engine.near.append([{ topic: "logs.a", json }]);
    engine.comeBack();
    await waitFor(() => expect(result.current.status).toBe("live"), PATIENCE);
    expect(numbers(result.current)).toEqual([1]);
  });

  it("misses nothing and shows nothing twice over broken connections", async () => {
    await using setup = await setUp();
    const { result } = renderHook(() => useTopic("logs.a", { from: "earliest", limit: 1_000 }), {
      wrapper: within(setup, mode),
    });
    for (let round = 0; round < 5; round++) {
      await produce(setup, round * 20 + 1, round * 20 + 10);
      setup.proxy.cut();
      await produce(setup, round * 20 + 11, round * 20 + 20);
      await waitFor(() => expect(result.current.events).toHaveLength((round + 1) * 20), PATIENCE);
    }
    expect(numbers(result.current)).toEqual(oneTo(100));
  });

  it("leaves no subscription on the server when it is unmounted", async () => {
    await using setup = await setUp();
    const { result, unmount } = renderHook(() => useTopic("logs.a"), { wrapper: within(setup, mode) });
    await waitFor(() => expect(result.current.status).toBe("live"), PATIENCE);
    unmount();
    await waitFor(() => expect(setup.server.broker.subscriberCount).toBe(0), PATIENCE);
  });
});

describe("useTopic", () => {
  it("does not render once for each event when very many come, and holds the newest only", async () => {
    await using setup = await setUp();
    let renderings = 0;
    const { result } = renderHook(
      () => {
        renderings += 1;
        return useTopic("logs.a", { from: "earliest", limit: 50 });
      },
      { wrapper: within(setup, Fragment) },
    );
    await waitFor(() => expect(result.current.status).toBe("live"), PATIENCE);
    renderings = 0;
    const started = performance.now();
    for (let first = 1; first < 2_000; first += 100) {
      const events = oneTo(100).map((n) => ({ topic: "logs.a" as const, data: { n: first - 1 + n } }));
      await setup.server.broker.produceBatch(events);
    }
    await waitFor(() => expect(numbers(result.current).at(-1)).toBe(2_000), PATIENCE);
    // A timer may be a millisecond early.
    const frames = (performance.now() - started) / 15;
    expect(renderings).toBeLessThanOrEqual(Math.ceil(frames) + 1);
    expect(renderings).toBeLessThan(1_000);
    expect(numbers(result.current)).toEqual(oneTo(2_000).slice(-50));
  });

  it("starts anew when the topic or the start changes, and not when its options are said again", async () => {
    await using setup = await setUp();
    await produce(setup, 1, 5);
    const { result, rerender } = renderHook(
      ({ topic, options }: { topic: `logs.${string}`; options: UseTopicOptions }) => useTopic(topic, options),
      { wrapper: within(setup), initialProps: { topic: "logs.a", options: { from: { last: 2 } } } },
    );
    await waitFor(() => expect(numbers(result.current)).toEqual([4, 5]), PATIENCE);
    const { events } = result.current;
    rerender({ topic: "logs.a", options: { from: { last: 2 } } });
    expect(result.current.events).toBe(events);
    rerender({ topic: "logs.a", options: { from: { last: 3 } } });
    await waitFor(() => expect(numbers(result.current)).toEqual([3, 4, 5]), PATIENCE);
    rerender({ topic: "logs.b", options: { from: "earliest" } });
    expect(result.current.events).toEqual([]);
    await waitFor(() => expect(result.current.status).toBe("live"), PATIENCE);
    await waitFor(() => expect(setup.server.broker.subscriberCount).toBe(1), PATIENCE);
  });

  it("says what is gone, or fails with it", async () => {
    await using setup = await setUp();
    for (let n = 1; n <= 3; n++) await setup.server.broker.produce({ topic: "trimmed.a", data: { n } });
    await expect
      .poll(async () => (await setup.server.broker.topics.get("trimmed.a")).count, PATIENCE)
      .toBe(1);
    const from = { offset: 1 };
    const wrapper = within(setup);
    const reported = renderHook(() => useTopic("trimmed.a", { from }), { wrapper });
    await waitFor(() => expect(numbers(reported.result.current)).toEqual([3]), PATIENCE);
    expect(reported.result.current.gap).toMatchObject({ type: "gap", earliest: 3 });
    const failed = renderHook(() => useTopic("trimmed.a", { from, onGap: "error" }), { wrapper });
    await waitFor(() => expect(failed.result.current.status).toBe("failed"), PATIENCE);
    expect(failed.result.current.error).toMatchObject({ code: "GAP" });
  });

  it("says that the client was closed", async () => {
    await using setup = await setUp();
    const { result } = renderHook(() => useTopic("logs.a"), { wrapper: within(setup) });
    await waitFor(() => expect(result.current.status).toBe("live"), PATIENCE);
    await setup.client.close();
    await waitFor(() => expect(result.current.status).toBe("closed"), PATIENCE);
  });

  it("needs a provider", () => {
    expect(() => renderHook(() => useTopic("logs.a"))).toThrow("put an RtmsgProvider above the component");
  });

  it("renders on a server, without a connection", async () => {
    await using setup = await setUp();
    function Status(): string {
      return `${useTopic("logs.a").status} ${useConnection().state}`;
    }
    expect(renderToString(createElement(within(setup), null, createElement(Status)))).toBe("connecting idle");
    expect(setup.server.broker.subscriberCount).toBe(0);
  });
});

describe("useProduce", () => {
  it("produces, and tells how it went", async () => {
    await using setup = await setUp();
    const { result } = renderHook(() => useProduce("logs.a"), { wrapper: within(setup) });
    const { produce } = result.current;
    let stored: ReturnType<typeof produce> | undefined;
    act(() => void (stored = produce({ n: 1 }, { id: "one" })));
    expect(result.current.isPending).toBe(true);
    const receipt = await act(() => stored!);
    await waitFor(() => expect(result.current).toMatchObject({ isPending: false, receipt }), PATIENCE);
    expect(result.current.produce).toBe(produce);
    expect(receipt).toMatchObject({ topic: "logs.a", offset: 1 });
  });

  it("tells why it failed, which is no unhandled rejection", async () => {
    await using setup = await setUp();
    const { result } = renderHook(() => useProduce("logs.a"), { wrapper: within(setup) });
    act(() => void result.current.produce({ n: "one" } as never));
    await waitFor(() => expect(result.current.error).toBeInstanceOf(RtmsgError), PATIENCE);
    expect(result.current).toMatchObject({ isPending: false, error: { code: "DATA_INVALID" } });
    await act(() => result.current.produce({ n: 1 }));
    await waitFor(() => expect(result.current.error).toBeUndefined(), PATIENCE);
  });
});

describe("useConnection", () => {
  it("follows the connection", async () => {
    await using setup = await setUp({ backoff: QUICK });
    const seen = new Set<string>();
    function State(): string {
      const { state } = useConnection();
      seen.add(state);
      return state;
    }
    const { container } = render(createElement(State), { wrapper: within(setup) });
    await waitFor(() => expect(container.textContent).toBe("open"), PATIENCE);
    seen.clear();
    setup.proxy.cut();
    await waitFor(() => expect(seen.has("waiting") || seen.has("connecting")).toBe(true), PATIENCE);
    await waitFor(() => expect(container.textContent).toBe("open"), PATIENCE);
    await setup.client.close();
    await waitFor(() => expect(container.textContent).toBe("closed"), PATIENCE);
  });
});
