import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { lmdbEngine } from "../../src/engines/lmdb.js";
import { isLoopback } from "../../src/security/loopback.js";
import { startServer } from "../../src/server.js";
import { startTestServer } from "../../src/testing/index.js";
import { VERSION } from "../../src/version.js";
import { get, produce } from "../support/plain.js";
import { handles, serve } from "../support/serve.js";
import { until } from "../support/until.js";

describe("startServer", () => {
  it("takes a free port, and says where it answers", async () => {
    const server = await serve();
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d*$/);
    expect((await get(`${server.url}/healthz`)).status).toBe(200);
    const { url } = server;
    await server.close();
    expect(server.url).toBe(url);
  });

  it("answers on IPv6 too", async () => {
    const server = await serve({ host: "::1" }).catch(() => undefined);
    // A machine without IPv6 cannot show it.
    if (server === undefined) return;
    expect(server.url).toMatch(/^http:\/\/\[::1\]:\d+$/);
    expect((await get(`${server.url}/healthz`)).status).toBe(200);
  });

  it.each(["0.0.0.0", "::", "192.0.2.1", "example.com", ""])(
    "refuses to listen on %j, where anyone could connect",
    async (host) => {
      await expect(startServer({ host, port: 0 })).rejects.toThrow(/insecure/);
    },
  );

  it("listens on 0.0.0.0 when it is insisted", async () => {
    const server = await serve({ host: "0.0.0.0", insecure: true });
    const { port } = new URL(server.url);
    expect((await get(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
  });

  it.each(["127.0.0.1", "127.1.2.3", "localhost", "::1", "[::1]", "::ffff:127.0.0.1"])(
    "takes %s for this machine",
    (host) => {
      expect(isLoopback(host)).toBe(true);
    },
  );

  it.each(["128.0.0.1", "127.0.0.1.example.com", "localhost.example.com", "::2", "::ffff:10.0.0.1", "0"])(
    "does not take %s for this machine",
    (host) => {
      expect(isLoopback(host)).toBe(false);
    },
  );

  it("fails cleanly when the port is in use", async () => {
    const server = await serve();
    const before = handles();
    const port = Number(new URL(server.url).port);
    await expect(startTestServer({ port })).rejects.toMatchObject({ code: "EADDRINUSE" });
    await until(() => handles() <= before, "nothing is left behind");
    expect((await get(`${server.url}/healthz`)).status).toBe(200);
  });

  it("lets go of its data folder when its certificate is none", async () => {
    const folder = await mkdtemp(join(tmpdir(), "rtmsg-test-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const engine = lmdbEngine({ path: folder });
    const tls = { cert: "no certificate", key: "no key" };
    await expect(startTestServer({ engine, tls })).rejects.toThrow("tls: no certificate and key can be read");
    await (await startTestServer({ engine })).close();
  });

  it.each([
    { port: 70_000 },
    { port: -1 },
    { limits: { eventBytes: 0 } },
    { limits: { topics: 1.5 } },
    { limits: { bufferedBytes: -1 } },
    { limits: { frameBytes: Number.NaN } },
    { limits: { headers: 33 } },
    { limits: { nonsense: 1 } as object },
    { dedupe: { maxIds: 0 } },
    { dedupe: { window: "2w" as "2m" } },
  ])("refuses %j, and leaves nothing behind", async (options) => {
    const before = handles();
    await expect(startTestServer(options)).rejects.toThrow(
      /port|limits\.(eventBytes|topics|bufferedBytes|frameBytes|headers) is|no limit nonsense|maxIds|window/,
    );
    await until(() => handles() <= before, "nothing is left behind");
  });

  it("serves two brokers on two ports without mixing them", async () => {
    const [one, other] = await Promise.all([serve(), serve()]);
    await produce(one.url, "t", 1);
    expect((await other.broker.topics.list()).topics).toEqual([]);
    expect(one.broker.epoch).not.toBe(other.broker.epoch);
  });

  it("is disposed of by await using", async () => {
    let url: string;
    {
      await using server = await startTestServer();
      ({ url } = server);
      expect((await get(`${url}/healthz`)).status).toBe(200);
    }
    await expect(get(`${url}/healthz`)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });

  it("has the version of its package", () => {
    const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
    expect((JSON.parse(manifest) as { version: string }).version).toBe(VERSION);
  });

  it("takes a server that is not listening yet", async () => {
    const http = createServer();
    await using server = await startTestServer({ server: http });
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    expect((await get(`${server.url}/healthz`)).status).toBe(200);
    await server.close();
    http.close();
  });
});
