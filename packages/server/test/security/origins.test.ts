import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { call, produce } from "../support/plain.js";
import { serve } from "../support/serve.js";

/** How a WebSocket with an origin and a host ends: open, its close code, or the status of the refusal. */
async function connect(url: string, headers: Record<string, string>): Promise<string | number> {
  const socket = new WebSocket(url.replace("http", "ws"), { headers });
  socket.on("error", () => undefined);
  const outcome = await Promise.race([
    once(socket, "unexpected-response").then(([, { statusCode }]) => statusCode as number),
    once(socket, "close").then(([code]) => code as number),
    once(socket, "open").then(async () => {
      socket.ping();
      return Promise.race([
        once(socket, "pong").then(() => "open"),
        once(socket, "close").then(([code]) => code as number),
      ]);
    }),
  ]);
  socket.terminate();
  return outcome;
}

const identity = { name: "ann", rights: { produce: [">"], subscribe: [">"], admin: false } };

describe("pages of the web", () => {
  test.each([
    ["http://evil.example", 403],
    ["https://localhost.evil.example", 403],
    ["null", 403],
    ["http://localhost:5173", "open"],
    ["http://127.0.0.1:1", "open"],
    ["http://[::1]:8080", "open"],
  ])("at %s reach a broker without auth: %s", async (origin, expected) => {
    const { url } = await serve();
    expect(await connect(`${url}/subscribe/t`, { origin })).toBe(expected);
    // A script is told why by the close code, where it is the typed API.
    expect(await connect(`${url}/trpc`, { origin })).toBe(expected === 403 ? 4_403 : expected);
    const answer = await produce(url, "t", 1, { origin });
    expect(answer.status).toBe(expected === 403 ? 403 : 200);
    expect(answer.headers["access-control-allow-origin"]).toBe(expected === 403 ? undefined : origin);
  });

  test("come by no other name of this machine", async () => {
    const { url } = await serve();
    for (const path of ["/trpc", "/subscribe/t"])
      expect(await connect(url + path, { host: "rebound.evil.example" })).toBe(403);
    const { port } = new URL(url);
    const origin = `http://rebound.evil.example:${port}`;
    expect(await connect(`${url}/trpc`, { host: `rebound.evil.example:${port}`, origin })).toBe(4_403);
    const { status, body } = await call("GET", `${url}/topics`, undefined, { host: "evil.example" });
    expect([status, body["code"]]).toEqual([403, "FORBIDDEN"]);
    expect((await call("GET", `${url}/topics`, undefined, { host: `localhost:${port}` })).status).toBe(200);
  });

  test("reach a broker with auth from its own origin, and from those that are allowed", async () => {
    const { url } = await serve({ auth: () => identity, origins: ["https://app.example"] });
    const expected = {
      "http://localhost:5173": 403,
      "http://evil.example": 403,
      "https://app.example": "open",
      [url]: "open",
    };
    const found: Record<string, unknown> = {};
    for (const origin of Object.keys(expected))
      found[origin] = await connect(`${url}/subscribe/t`, { origin });
    expect(found).toEqual(expected);
    // Who asks by another name has to say who they are.
    expect(await connect(`${url}/subscribe/t`, { host: "broker.example" })).toBe("open");
  });

  test("may ask before they send", async () => {
    const { url } = await serve({ origins: ["https://app.example"] });
    const headers = { origin: "https://app.example", "access-control-request-method": "POST" };
    const answer = await call("OPTIONS", `${url}/produce/t`, undefined, headers);
    expect(answer.status).toBe(204);
    expect(answer.headers).toMatchObject({
      "access-control-allow-origin": "https://app.example",
      "access-control-allow-methods": "GET, HEAD, POST",
      vary: "origin",
    });
    const evil = await call("OPTIONS", `${url}/produce/t`, undefined, {
      ...headers,
      origin: "https://evil.example",
    });
    expect(evil.status).toBe(403);
    expect(evil.headers["access-control-allow-origin"]).toBeUndefined();
  });

  test("are all let in where the operator says so", async () => {
    const { url } = await serve({ origins: ["*"] });
    expect(await connect(`${url}/trpc`, { origin: "https://any.example" })).toBe("open");
  });
});
