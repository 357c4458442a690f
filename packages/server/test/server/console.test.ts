import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ConsoleFiles } from "../../src/transport/console-files.js";
import { get } from "../support/plain.js";
import { serve } from "../support/serve.js";

const PAGE = "<!doctype html><title>rtmsg</title>";
const SCRIPT = "console.log('rtmsg')";
const HTML = { accept: "text/html,*/*;q=0.8" };

let folder: string;
let server: Server;
let url: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "rtmsg-console-files-"));
  await mkdir(join(folder, "console"));
  await writeFile(join(folder, "index.html"), PAGE);
  await writeFile(join(folder, "console/index-1.js"), SCRIPT);
  await writeFile(join(folder, "console/index-1.js.gz"), gzipSync(SCRIPT));
  await writeFile(join(folder, "console/notes.txt"), "not part of it");
  const files = new ConsoleFiles(`${folder}/`);
  server = createServer((request, response) => {
    if (!files.answer(request, response, request.url ?? "")) response.writeHead(404).end("other");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

describe("the console's files", () => {
  it("are a page at /, for who asks for a page, under a policy that lets nothing else in", async () => {
    const { status, headers, text } = await get(`${url}/`, HTML);
    expect([status, text]).toEqual([200, PAGE]);
    const policy = String(headers["content-security-policy"]);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain("unsafe");
    expect(headers["x-content-type-options"]).toBe("nosniff");
    expect(headers["cache-control"]).toBe("no-cache");
    expect(headers.vary).toContain("accept");
    // What is no browser gets what it got before there was a console.
    expect((await get(`${url}/`)).status).toBe(404);
  });

  it("are kept by the browser for as long as they are named so, and compressed where it likes that", async () => {
    const plain = await get(`${url}/console/index-1.js`);
    expect([plain.status, plain.text]).toEqual([200, SCRIPT]);
    expect(plain.headers["cache-control"]).toContain("immutable");
    expect(plain.headers["content-encoding"]).toBeUndefined();
    const refused = await get(`${url}/console/index-1.js`, { "accept-encoding": "gzip;q=0, br" });
    expect(refused.headers["content-encoding"]).toBeUndefined();
    const answer = await fetch(`${url}/console/index-1.js`, { headers: { "accept-encoding": "gzip" } });
    expect(answer.headers.get("content-encoding")).toBe("gzip");
    expect(answer.headers.get("content-length")).toBe(String(gzipSync(SCRIPT).byteLength));
    expect(await answer.text()).toBe(gunzipSync(gzipSync(SCRIPT)).toString());
  });

  it("are not sent again to a browser that has them", async () => {
    const { headers } = await get(`${url}/`, HTML);
    const again = await get(`${url}/`, { ...HTML, "if-none-match": String(headers.etag) });
    expect([again.status, again.text]).toEqual([304, ""]);
  });

  it.each([
    "/console/",
    "/console/notes.txt",
    "/console/../index.html",
    "/console/%2e%2e/index.html",
    "/index.html",
  ])("are not at %s", async (path) => {
    expect((await get(url + path, HTML)).text).toBe("other");
  });
});

describe("a server", () => {
  it("says how the console is built where it is not", async () => {
    const response = new ConsoleFiles(join(folder, "nothing/"));
    expect(response.isBuilt).toBe(false);
  });

  it("serves the routes in words to what is no browser, and no console where it is off", async () => {
    const { url: at } = await serve({ console: false });
    const { text, headers } = await get(`${at}/`, HTML);
    expect(headers["content-type"]).toMatch(/^text\/plain/);
    expect(text).toContain("/produce/<topic>");
    expect(text).not.toContain("console");
    const { url: on } = await serve();
    expect((await get(`${on}/`)).text).toContain("/produce/<topic>");
    expect((await get(`${on}/`)).text).toContain("console");
  });
});
