import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import type { BenchProducer } from "./bench-client.js";

const STREAM = "DIRECT";
const encoder = new TextEncoder();

/** JetStream's own client, with a stream as rtmsg's is by default. */
export async function jetStreamClient(port: number): Promise<BenchProducer> {
  const connection = await connect({ servers: `127.0.0.1:${port}` });
  const manager = await jetstreamManager(connection);
  await manager.streams.add({ name: STREAM, subjects: [`${STREAM}.>`] });
  const stream = jetstream(connection);
  return { produce: (topic, data) => stream.publish(`${STREAM}.${topic}`, encoder.encode(data)) };
}
