import { createClient } from "@rtmsg/client";
import { startTestServer } from "@rtmsg/server/testing";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { pageAt } from "./pages.js";

const PATIENCE = { timeout: 20_000 } as const;
const shown =
  pageAt("docs/recipes/proxy.md").blocks.find(({ language }) => language === "nginx")?.text ?? "none";
const hasNginx = spawnSync("nginx", ["-v"]).status === 0;
if (!hasNginx) console.log("nginx is not installed: docs/recipes/proxy.md is not tested.");

/** What the page shows in a whole configuration, without TLS and on another port. */
function configuration(port: number, broker: string, folder: string): string {
  const server = shown
    .replace("listen 443 ssl", `listen 127.0.0.1:${port}`)
    .replaceAll(/ssl_certificate.*/g, "")
    .replace("http://127.0.0.1:3030", broker);
  const kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  const temporary = kinds.map((kind) => `${kind}_temp_path ${folder}/${kind};`).join("\n");
  return `
    daemon off;
    pid ${folder}/pid;
    error_log stderr;
    events {}
    http {
      access_log off;
      ${temporary}
      ${server}
    }`;
}

describe.runIf(hasNginx)("behind nginx", () => {
  it("produces, subscribes, streams and comes back as the page says", { timeout: 60_000 }, async () => {
    await using server = await startTestServer();
    await using proxy = await startProxy(server.url);
    await using client = createClient({ url: proxy.url });

    const events = client.subscribe({ topic: "chat.lobby", from: "earliest" });
    await client.topic("chat.lobby").produce("through the proxy");
    const first = await events.next();
    expect(first.value).toMatchObject({ data: "through the proxy" });

    // An event stream is passed on as it comes: a buffering proxy would keep it.
    const stop = new AbortController();
    const response = await fetch(`${proxy.url}/subscribe/chat.lobby`, {
      headers: { accept: "text/event-stream" },
      signal: stop.signal,
    });
    let streamed = "";
    const reading = response.body
      ?.pipeTo(
        new WritableStream({
          write: (chunk: Uint8Array) => {
            streamed += Buffer.from(chunk).toString();
          },
        }),
      )
      .catch(() => undefined);
    await expect.poll(() => streamed, PATIENCE).toMatch(/^id: /m);
    await client.topic("chat.lobby").produce("streamed");
    await expect.poll(() => streamed, PATIENCE).toContain('"data":"streamed"');
    stop.abort();
    await reading;

    const page = await fetch(`${proxy.url}/healthz`);
    expect(await page.json()).toMatchObject({ status: "ok" });
  });
});

/** Starts nginx with the page's configuration before a broker. */
async function startProxy(broker: string): Promise<{ readonly url: string } & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), "rtmsg-proxy-"));
  const file = join(folder, "nginx.conf");
  const port = await freePort();
  await writeFile(file, configuration(port, broker, folder));
  const child = spawn("nginx", ["-p", folder, "-e", "stderr", "-c", file]);
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  const ended = once(child, "close");
  const url = `http://127.0.0.1:${port}`;
  const answers = (): Promise<string> =>
    fetch(`${url}/healthz`).then(
      ({ status }) => String(status),
      () => said,
    );
  const stop = async (): Promise<void> => {
    // Not SIGKILL, which would leave its workers behind.
    child.kill("SIGTERM");
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await expect.poll(answers, PATIENCE).toBe("200");
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, [Symbol.asyncDispose]: stop };
}

async function freePort(): Promise<number> {
  const listener = createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as AddressInfo;
  listener.close();
  await once(listener, "close");
  return port;
}
