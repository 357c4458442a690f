import type { OutgoingEvent, Protocol } from "./protocol.js";

/** Lines of text: the control. */
export const relayProtocol: Protocol = {
  hello: [],
  subscribe: () => ({ say: "SUBSCRIBE\n", until: "OK\n" }),
  publish: (events) => textOf(events, ({ data }) => `${data}\n`),
};

/** NATS core, its text protocol. */
export const natsProtocol: Protocol = {
  hello: [{ say: 'CONNECT {"verbose":false}\r\nPING\r\n', until: "PONG\r\n" }],
  subscribe: (topic) => ({ say: `SUB ${topic} 1\r\nPING\r\n`, until: "PONG\r\n" }),
  publish: (events) => textOf(events, ({ topic, data }) => `PUB ${topic} ${data.length}\r\n${data}\r\n`),
};

/** Redis publish and subscribe. */
export const redisProtocol: Protocol = {
  hello: [{ say: redisCommand("PING"), until: "+PONG\r\n" }],
  subscribe: (topic) => ({ say: redisCommand("SUBSCRIBE", topic), until: ":1\r\n" }),
  publish: (events) => textOf(events, ({ topic, data }) => redisCommand("PUBLISH", topic, data)),
};

/** A command to Redis. */
export function redisCommand(...words: string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`;
}

function textOf(events: readonly OutgoingEvent[], one: (event: OutgoingEvent) => string): Buffer {
  return Buffer.from(events.map((event) => one(event)).join(""));
}
