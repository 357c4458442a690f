import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { Addresses } from "../src/connection/addresses.js";
import { Connection } from "../src/connection/connection.js";
import {
  TRANSITIONS,
  type ConnectionInput,
  type ConnectionState,
} from "../src/connection/connection-state.js";
import { FakeSocket } from "./support/fake-socket.js";

const STATES = Object.keys(TRANSITIONS) as ConnectionState[];
const INPUTS = Object.keys(TRANSITIONS.idle) as ConnectionInput[];

test("every state has an answer to every input", () => {
  for (const state of STATES) {
    expect(Object.keys(TRANSITIONS[state]).toSorted()).toEqual(INPUTS.toSorted());
    for (const input of INPUTS) expect(STATES).toContain(TRANSITIONS[state][input]);
  }
});

test("whatever happens, a closed connection stays closed, and close closes", () => {
  const inputs = fc.array(fc.constantFrom(...INPUTS));
  fc.assert(
    fc.property(inputs, inputs, (before, after) => {
      const run = (state: ConnectionState, input: ConnectionInput): ConnectionState =>
        TRANSITIONS[state][input];
      const closed = TRANSITIONS[before.reduce(run, "idle")].close;
      expect(closed).toBe("closed");
      expect(after.reduce(run, closed)).toBe("closed");
    }),
  );
});

test("a connection is open only after the server has accepted it, and never idle again", () => {
  for (const state of STATES) {
    for (const input of INPUTS) {
      const next = TRANSITIONS[state][input];
      if (next === "open" && state !== "open") expect([state, input]).toEqual(["connecting", "accept"]);
      if (next === "idle") expect(state).toBe("idle");
    }
  }
});

/** What a test does to a connection, from outside or as its server. */
type Step = "send" | "open" | "accept" | "refuse" | "cut" | "garbage" | "reconnect" | "wait" | "close";
/** What leads to an open connection is more frequent, so that most runs have one. */
const STEPS: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom<Step>("send", "open", "accept", "wait") },
  { weight: 3, arbitrary: fc.constantFrom<Step>("cut", "garbage", "reconnect") },
  { weight: 1, arbitrary: fc.constantFrom<Step>("refuse", "close") },
);

/** The socket that the connection uses, if there is one. */
function live(): FakeSocket | undefined {
  return FakeSocket.made.findLast(({ readyState }) => readyState !== FakeSocket.CLOSED);
}

async function take(connection: Connection, step: Step): Promise<void> {
  const socket = live();
  const isOpen = socket?.readyState === FakeSocket.OPEN;
  if (step === "send") connection.send(idleQuery());
  else if (step === "open") socket?.open();
  else if (step === "accept" && isOpen) socket.accept();
  else if (step === "refuse" && isOpen) socket.refuse("UNAUTHENTICATED");
  else if (step === "cut") socket?.close();
  else if (step === "garbage" && isOpen) socket.receive(5);
  else if (step === "reconnect" && isOpen) socket.receive({ id: null, method: "reconnect" });
  else if (step === "close") void connection.close();
  await vi.advanceTimersByTimeAsync(step === "wait" ? 60 : 0);
}

/** A query that is never answered. */
function idleQuery(): Parameters<Connection["send"]>[0] {
  return {
    kind: "query",
    path: "a",
    encode: () => ({ text: undefined, bytes: 1 }),
    onData: () => "ended",
    onError: () => "ended",
    onStopped: () => undefined,
    onLost: () => true,
    onClosed: () => undefined,
  };
}

test("after any steps the state says what there is: one socket, or a wait, or nothing", async () => {
  vi.useFakeTimers();
  const seen = new Set<ConnectionState>();
  try {
    const steps = fc.array(STEPS, { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(fc.boolean(), steps, async (isLazy, all) => {
        FakeSocket.made.length = 0;
        const connection = new Connection({
          addresses: new Addresses("ws://localhost"),
          Socket: FakeSocket as unknown as typeof WebSocket,
          backoff: { baseMs: 10, maxMs: 50 },
          keepAlive: { intervalMs: 1_000_000, pongTimeoutMs: 1_000_000 },
          isLazy,
        });
        const heard: ConnectionState[] = [connection.state];
        connection.subscribe(({ state, previous, error }) => {
          expect(previous).toBe(heard.at(-1));
          expect(state).toBe(connection.state);
          expect(error).toBe(connection.error);
          heard.push(state);
          seen.add(state);
        });
        for (const step of all) {
          await take(connection, step);
          const open = FakeSocket.made.filter(({ readyState }) => readyState !== FakeSocket.CLOSED);
          const { state, error } = connection;
          // What was heard is the whole way here.
          expect(heard.at(-1)).toBe(state);
          expect(open).toHaveLength(state === "connecting" || state === "open" ? 1 : 0);
          if (state === "open") expect(open[0]?.readyState).toBe(FakeSocket.OPEN);
          if (state === "waiting" || state === "closed") expect(error).toBeDefined();
          if (state === "open" || state === "idle") expect(error).toBeUndefined();
          if (state === "idle")
            expect(isLazy && !all.slice(0, all.indexOf(step)).includes("send")).toBe(true);
        }
        for (const [index, state] of heard.entries()) {
          const next = heard[index + 1];
          if (next !== undefined) expect(Object.values(TRANSITIONS[state])).toContain(next);
        }
        await connection.close();
        expect(connection.state).toBe("closed");
        expect(live()).toBeUndefined();
        // No timer is left behind.
        expect(vi.getTimerCount()).toBe(0);
      }),
      { numRuns: 300 },
    );
    expect([...seen].toSorted()).toEqual(["closed", "connecting", "open", "waiting"]);
  } finally {
    vi.useRealTimers();
  }
});
