import { TOPIC, type Protocol } from "./protocol.js";

/** Lines of text: the control. */
export const relayProtocol: Protocol = {
  hello: [],
  subscribe: () => ({ say: "SUBSCRIBE\n", until: "OK\n" }),
  publish: (data, count) => Buffer.from(`${data}\n`.repeat(count)),
};

/** NATS core, its text protocol. */
export const natsProtocol: Protocol = {
  hello: [{ say: 'CONNECT {"verbose":false}\r\nPING\r\n', until: "PONG\r\n" }],
  subscribe: () => ({ say: `SUB ${TOPIC} 1\r\nPING\r\n`, until: "PONG\r\n" }),
  publish: (data, count) => Buffer.from(`PUB ${TOPIC} ${data.length}\r\n${data}\r\n`.repeat(count)),
};

/** Redis publish and subscribe. */
export const redisProtocol: Protocol = {
  hello: [{ say: command("PING"), until: "+PONG\r\n" }],
  subscribe: () => ({ say: command("SUBSCRIBE", TOPIC), until: ":1\r\n" }),
  publish: (data, count) => Buffer.from(command("PUBLISH", TOPIC, data).repeat(count)),
};

function command(...words: string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`;
}
