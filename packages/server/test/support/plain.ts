import { once } from "node:events";
import { request, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { until } from "./until.js";

/** An answer of a plain route. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body as JSON, where it is. */
  readonly body: Record<string, unknown>;
}

/** Sends a request and reads the whole answer. */
export async function call(
  method: string,
  url: string,
  body?: string | Uint8Array,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const outgoing = request(url, { method, headers, agent: false });
  outgoing.end(body);
  const [response] = (await once(outgoing, "response")) as [IncomingMessage];
  response.setEncoding("utf8");
  let text = "";
  for await (const chunk of response as AsyncIterable<string>) text += chunk;
  // tRPC does not name the type of some of its errors.
  const isJson = /^(application\/json|text\/plain;charset=UTF-8)/.test(
    response.headers["content-type"] ?? "",
  );
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    text,
    body: isJson && text !== "" ? (JSON.parse(text) as Record<string, unknown>) : {},
  };
}

/** Reads a route. */
export function get(url: string, headers?: Record<string, string>): Promise<Answer> {
  return call("GET", url, undefined, headers);
}

/** Produces by POST; data that is no text or bytes goes as JSON. */
export function produce(
  url: string,
  topic: string,
  data: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const body = data instanceof Uint8Array ? data : JSON.stringify(data);
  return call("POST", `${url}/produce/${topic}`, body, { "content-type": "application/json", ...headers });
}

/** A plain WebSocket subscription. */
export interface PlainSocket {
  readonly socket: WebSocket;
  readonly messages: string[];
  /** How it was closed; undefined while it is open. */
  readonly closed: { code: number; reason: string } | undefined;
  /** Waits until so many messages are there. */
  reach(count: number): Promise<string[]>;
  /** Waits until it is closed. */
  end(): Promise<{ code: number; reason: string }>;
}

/** Opens a plain WebSocket, and cuts it when the test has finished. */
export async function openPlain(url: string, path: string): Promise<PlainSocket> {
  const socket = new WebSocket(`${url.replace(/^http/, "ws")}${path}`);
  onTestFinished(() => socket.terminate());
  const messages: string[] = [];
  let closed: PlainSocket["closed"];
  socket.on("message", (data: Buffer, isBinary) => {
    messages.push(isBinary ? `binary ${data.toString("hex")}` : data.toString());
  });
  socket.on("close", (code, reason) => {
    closed = { code, reason: reason.toString() };
  });
  const plain: PlainSocket = {
    socket,
    messages,
    get closed() {
      return closed;
    },
    async reach(count) {
      await until(() => messages.length >= count, `${count} messages are there (${messages.length} are)`);
      return messages;
    },
    async end() {
      await until(() => closed !== undefined, "the socket is closed");
      return closed as NonNullable<typeof closed>;
    },
  };
  await once(socket, "open");
  return plain;
}

/** The status and body that an upgrade is refused with. */
export async function refusedUpgrade(
  url: string,
  path: string,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const socket = new WebSocket(`${url.replace(/^http/, "ws")}${path}`);
  socket.on("error", () => undefined);
  const [, response] = (await once(socket, "unexpected-response")) as [unknown, IncomingMessage];
  let text = "";
  for await (const chunk of response.setEncoding("utf8") as AsyncIterable<string>) text += chunk;
  return { status: response.statusCode ?? 0, body: JSON.parse(text) as Record<string, unknown> };
}

/** One dispatched frame of an event stream. */
export interface StreamFrame {
  readonly id?: string;
  readonly event?: string;
  readonly data?: string;
}

/** An event stream. */
export interface EventStream {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly frames: StreamFrame[];
  /** The frames that carry an event. */
  readonly events: Record<string, unknown>[];
  readonly isEnded: boolean;
  reach(count: number): Promise<Record<string, unknown>[]>;
  /** Reads nothing more; `resume` ends that. */
  pause(): void;
  resume(): void;
  destroy(): void;
}

/** Opens an event stream, and cuts it when the test has finished. */
export async function openStream(
  url: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<EventStream> {
  const outgoing = request(`${url}${path}`, {
    headers: { accept: "text/event-stream", ...headers },
    agent: false,
  });
  outgoing.end();
  onTestFinished(() => {
    outgoing.destroy();
  });
  const [response] = (await once(outgoing, "response")) as [IncomingMessage];
  outgoing.on("error", () => undefined);
  const frames: StreamFrame[] = [];
  let isEnded = false;
  let rest = "";
  response.setEncoding("utf8");
  response.on("data", (chunk: string) => {
    const blocks = (rest + chunk).split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const fields = block.split("\n").map((line) => /^(\w+): (.*)$/s.exec(line)?.slice(1) ?? []);
      frames.push(Object.fromEntries(fields.filter(({ length }) => length === 2)) as StreamFrame);
    }
  });
  response.on("error", () => undefined);
  response.on("close", () => {
    isEnded = true;
  });
  const stream: EventStream = {
    status: response.statusCode ?? 0,
    headers: response.headers,
    frames,
    get events() {
      return frames
        .filter(({ data, event }) => data !== undefined && event === undefined)
        .map(({ data }) => JSON.parse(data as string) as Record<string, unknown>);
    },
    get isEnded() {
      return isEnded;
    },
    async reach(count) {
      await until(
        () => stream.events.length >= count,
        `${count} events are there (${stream.events.length} are)`,
      );
      return stream.events;
    },
    pause: () => void response.pause(),
    resume: () => void response.resume(),
    destroy: () => outgoing.destroy(),
  };
  return stream;
}
