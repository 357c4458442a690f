import { afterAll, beforeAll } from "vitest";
import { startNats, type NatsServer } from "./nats-server.js";

/** A NATS server for the tests of a `describe`. */
export interface SharedNats {
  /** Options of the nats engine for a log that no other test has. */
  newLog(): { readonly servers: string; readonly stream: string };
}

/** Starts a NATS server before the tests of this `describe`, and ends it after them. */
export function sharedNats(): SharedNats {
  let nats: NatsServer;
  let logs = 0;
  beforeAll(async () => {
    nats = await startNats();
  });
  afterAll(() => nats[Symbol.asyncDispose]());
  return { newLog: () => ({ servers: nats.url, stream: `log-${++logs}` }) };
}
