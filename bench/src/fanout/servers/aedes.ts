import { createServer } from "node:net";
import { Aedes } from "aedes";
import { listening } from "./listening.js";

/** Aedes, an MQTT broker in Node, on TCP; returns the port. */
export async function startAedes(): Promise<number> {
  const broker = await Aedes.createBroker();
  return listening(createServer({ noDelay: true }, broker.handle).listen(0, "127.0.0.1"));
}
