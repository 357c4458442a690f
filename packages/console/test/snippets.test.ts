import { execFile } from "node:child_process";
import { promisify } from "node:util";
import ts from "typescript";
import { expect, it } from "vitest";
import { startTestServer } from "@rtmsg/server/testing";
import { produceWithCurl, produceWithTypeScript, subscribeWithCurl } from "../src/snippets.js";

const run = promisify(execFile);
const JSON_TEXT = '{\n  "text": "it\'s $HOME"\n}';

it("produces with curl what was written, with its id, key and headers", async () => {
  await using server = await startTestServer();
  const place = { url: server.url, hasAuth: false };
  const plain = { topic: "chat.room", json: JSON_TEXT, id: "one" };
  const full = { ...plain, id: "two", key: "k", headers: { source: "it's me" } };
  for (const draft of [plain, plain, full]) {
    await run("bash", ["-c", `${produceWithCurl(place, draft)} --fail --silent`]);
  }
  const { events } = await server.broker.history({ topic: "chat.room" });
  expect(events).toMatchObject([
    { id: "one", data: { text: "it's $HOME" } },
    { id: "two", data: { text: "it's $HOME" }, key: "k", headers: { source: "it's me" } },
  ]);
});

it("subscribes with curl, with a token where one is asked for", () => {
  const command = subscribeWithCurl({ url: "https://broker.test", hasAuth: true }, "orders.>", { last: 3 });
  expect(command).toBe(
    "curl -N 'https://broker.test/subscribe/orders.%3E?from=last:3' \\\n" +
      "  -H 'accept: text/event-stream' \\\n" +
      '  -H "authorization: Bearer $RTMSG_TOKEN"',
  );
});

it("produces with TypeScript that can be read", () => {
  const program = produceWithTypeScript(
    { url: "http://127.0.0.1:3030", hasAuth: true },
    { topic: "chat.room", json: JSON_TEXT, key: "k" },
  );
  const { diagnostics } = ts.transpileModule(program, { reportDiagnostics: true });
  expect(diagnostics).toEqual([]);
  expect(program).toContain(`data: ${JSON_TEXT.replaceAll("\n", "\n  ")},`);
  expect(program).toContain('key: "k",');
});
