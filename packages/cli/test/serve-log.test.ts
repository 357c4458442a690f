import { describe, expect, it } from "vitest";
import { serverLogger } from "../src/server-logger.js";
import { startCli } from "./support/cli.js";

const SECRET = "the secret that signs the tokens of this test";
const TOKEN = "token-that-nobody-may-read";
const DATA = "data-that-nobody-may-read";

/** What is written of a line, of an error with data hung on it. */
function written(logFormat: "auto" | "json" | "pretty", isTTY: boolean): string {
  let text = "";
  const logger = serverLogger({ logLevel: "warn", logFormat }, { isTTY, write: (more) => (text += more) });
  logger.info({}, "not written");
  logger.error(
    { error: Object.assign(new Error("broken"), { data: DATA }), topic: "orders" },
    "event failed",
  );
  return text;
}

describe("the log of rtmsg serve", () => {
  it("is lines of JSON where standard error is no terminal, without tokens and data", async () => {
    await using broker = startCli(["serve", "--port", "0", "--engine", "memory"], {
      env: { RTMSG_AUTH_JWT_SECRET: SECRET },
    });
    const url = await broker.url();
    const { status } = await fetch(`${url}/produce/orders?token=${TOKEN}`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${TOKEN}` },
      body: JSON.stringify(DATA),
    });
    expect(status).toBe(401);
    broker.kill("SIGTERM");
    const { stderr } = await broker.ended();
    const lines = stderr
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toContainEqual(
      expect.objectContaining({
        level: 30,
        msg: "refused",
        code: "UNAUTHENTICATED",
        path: "/produce/orders",
      }),
    );
    for (const hidden of [SECRET, TOKEN, DATA]) expect(stderr).not.toContain(hidden);
  });

  it.each([
    ["json", true],
    ["auto", false],
  ] as const)("is JSON: %s, on a terminal: %s", (format, isTTY) => {
    const text = written(format, isTTY);
    expect(JSON.parse(text)).toMatchObject({
      level: 50,
      msg: "event failed",
      topic: "orders",
      error: { type: "Error", message: "broken" },
    });
    expect(text).not.toContain(DATA);
  });

  it.each([
    ["pretty", false],
    ["auto", true],
  ] as const)("is for a person: %s, on a terminal: %s", (format, isTTY) => {
    const text = written(format, isTTY);
    expect(text).toMatch(/ERROR.*event failed/);
    expect(text).toContain("broken");
    expect(text).not.toContain(DATA);
    expect(text).not.toContain("not written");
  });
});
