import type { Protocol } from "./protocol.js";

/** MQTT 3.1.1 over TCP, QoS 0: a clean session without a client id and without keep-alive. */
export const mqttProtocol: Protocol = {
  hello: [
    {
      say: packet(0x10, text("MQTT"), Buffer.from([4, 2, 0, 0]), text("")),
      until: "\u0020\u0002\u0000\u0000",
    },
  ],
  subscribe: (topic) => ({
    say: packet(0x82, Buffer.from([0, 1]), text(topic), Buffer.from([0])),
    until: "\u0090\u0003\u0000\u0001\u0000",
  }),
  publish: (events) =>
    Buffer.concat(events.map(({ topic, data }) => packet(0x30, text(topic), Buffer.from(data)))),
};

function packet(type: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const head = [type];
  // The length goes in seven bits a byte, the lowest first.
  for (let rest = body.length; ; rest >>= 7) {
    if (rest < 128) return Buffer.concat([Buffer.from([...head, rest]), body]);
    head.push((rest & 127) | 128);
  }
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes]);
}
