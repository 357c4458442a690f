import { lmdbEngine, startServer, type RtmsgServer, type TypesOf } from "@rtmsg/server";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findChromium, startChromium } from "../support/chromium.js";
import { topics, type TestTopics } from "../support/topics.js";
import { bundle } from "../support/vite-bundle.js";

type M = TypesOf<TestTopics>;

const FOLDER = fileURLToPath(new URL(".", import.meta.url));
const chromium = findChromium();
const isSkipped = chromium === undefined && process.env["CI"] !== "true";

let code: string;
let folder: string;

beforeAll(async () => {
  if (isSkipped) return;
  folder = await mkdtemp(join(tmpdir(), "rtmsg-browser-"));
  // The client that `npm run build` has made, not its source.
  ({ code } = await bundle(FOLDER, "page.ts"));
}, 120_000);

afterAll(() => (isSkipped ? undefined : rm(folder, { recursive: true, force: true })));

/** Serves the page. */
async function startSite(): Promise<{ readonly url: string } & AsyncDisposable> {
  const site = createServer((request, response) => {
    const isCode = request.url === "/page.js";
    response.setHeader("content-type", isCode ? "text/javascript" : "text/html");
    response.end(isCode ? code : '<!doctype html><script type="module" src="/page.js"></script>');
  }).listen(0, "127.0.0.1");
  await once(site, "listening");
  return {
    url: `http://localhost:${(site.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      site.closeAllConnections();
      await new Promise((resolve) => site.close(resolve));
    },
  };
}

/** Starts the broker on the same log; on a free port unless told otherwise. */
function startBroker(port = 0): Promise<RtmsgServer<M>> {
  return startServer<M>({ topics, port, engine: lmdbEngine({ path: join(folder, "log") }) });
}

const numbers = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

/** Waits until the page has seen so many events; fails with how its subscription did. */
async function seenBy(page: Page, count: number): Promise<number[]> {
  await page.waitForFunction((wanted) => probe.seen.length >= wanted || probe.failures.length > 0, count);
  expect(await page.evaluate(() => probe.failures)).toEqual([]);
  return page.evaluate(() => probe.seen);
}

test("a page produces, subscribes, and loses and doubles nothing when the server restarts", async ({
  skip,
}) => {
  if (isSkipped) skip("there is no chromium on the PATH");
  await using site = await startSite();
  await using browser = await startChromium(chromium ?? "chromium");
  let broker = await startBroker();
  try {
    const port = Number(new URL(broker.url).port);
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(error.message));
    await page.goto(`${site.url}/?broker=${encodeURIComponent(broker.url)}`);
    expect(await page.evaluate(() => probe.produce(1, 300))).toBe(300);
    expect(await seenBy(page, 300)).toEqual(numbers(1, 300));

    // Under way while it stops.
    const produced = page.evaluate(() => probe.produce(301, 600));
    await broker.close();
    await page.waitForFunction(() => probe.states.at(-1) !== "open");
    // Where the page does not know of it: what is stored here is missed until the page is back.
    broker = await startBroker();
    const { offset } = await broker.broker.produce({ topic: "logs.browser", data: { n: 0 } });
    await broker.close();
    broker = await startBroker(port);
    expect(await produced).toBe(300);
    expect(await page.evaluate(() => probe.produce(601, 700))).toBe(100);

    const seen = await seenBy(page, 701);
    expect(seen.filter((n) => n !== 0)).toEqual(numbers(1, 700));
    expect(seen.filter((n) => n === 0)).toHaveLength(1);
    expect(offset).toBeGreaterThan(300);
    const { events } = await broker.broker.history({ topic: "logs.browser", limit: 1_000 });
    expect(events.map(({ data }) => data.n)).toEqual(seen);
    expect(errors).toEqual([]);
  } finally {
    await broker.close();
  }
});
