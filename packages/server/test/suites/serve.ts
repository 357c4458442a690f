import type { Broker } from "../../src/broker/broker.js";
import type { CreateBrokerOptions } from "../../src/create-broker.js";

/** A router, served at `/trpc` of a port over WebSocket and HTTP. */
export interface Served {
  /** Such as `http://127.0.0.1:41234`. */
  readonly url: string;
  /** The broker behind the router. */
  readonly broker: Broker;
}

/** Makes a broker and serves its router on a free port until the test has finished. */
export type Serve = (options?: CreateBrokerOptions) => Promise<Served>;
