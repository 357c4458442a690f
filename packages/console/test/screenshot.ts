// `npm run screenshot`: the pictures of the console in docs/images, each a desk in one theme and a phone in the other.
import { createClient } from "@rtmsg/client";
import { RtmsgError, type Authenticate } from "@rtmsg/server";
import { writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { findChromium, startChromium } from "../../client/test/support/chromium.js";
import { ConsoleUnderTest } from "./console.js";
import { order, trade } from "./shop.js";

/** How long the shop trades before the pictures are taken, so that the charts have something to show. */
const TRADING_MS = 60_000;
const TURN_MS = 100;

/** A page, and what is done on it before its picture is taken. */
interface Shot {
  readonly name: string;
  readonly path: string;
  readonly desk: "light" | "dark";
  readonly isSignedOut?: true;
  readonly prepare?: (page: Page, isPhone: boolean) => Promise<unknown>;
}

const SHOTS: readonly Shot[] = [
  { name: "overview", path: "#/", desk: "light" },
  { name: "topics", path: "#/topics", desk: "dark" },
  {
    name: "tail",
    path: "#/topics/orders.created",
    desk: "light",
    async prepare(page, isPhone) {
      await page.locator(".row-key").nth(4).waitFor();
      if (isPhone) return;
      await page.getByRole("button", { name: "Pause" }).click();
      await page.locator(".row:not(.note)").nth(9).click();
    },
  },
  {
    name: "produce",
    path: "#/topics/orders.created",
    desk: "dark",
    async prepare(page) {
      await page.getByRole("tab", { name: "Produce" }).click();
      const { customer, ...rest } = order(17);
      const data = { ...rest, items: [{ sku: "lamp-31", quantity: 0 }], total: "43.90", customer };
      await page.getByRole("textbox", { name: "Data, as JSON" }).fill(JSON.stringify(data, null, 2));
      await page.locator(".editor-issue").first().waitFor();
    },
  },
  { name: "connections", path: "#/connections", desk: "light" },
  { name: "sign-in", path: "#/", desk: "dark", isSignedOut: true },
];

/** Who follows what; the names are their tokens, too. */
const WHO = ["dashboard", "warehouse", "stock-sync", "mailer", "support", "archive"];

/** Whoever has a token has every right. */
const auth: Authenticate = (token) => {
  if (!token) throw new RtmsgError("UNAUTHENTICATED", "Say who you are: send a token");
  return { name: token, rights: { produce: [">"], subscribe: [">"], admin: true } };
};

/** Clients of the shop: most follow as it goes, one is slow and falls behind. */
async function follow(url: string): Promise<AsyncDisposable> {
  const topics = ["orders.created", "orders.>", "stock.level", "orders.*", "chat.>", ">"];
  const clients = topics.flatMap((topic, index) => {
    const made = Array.from({ length: 1 + (index % 3) }, () =>
      createClient({ url, token: WHO[index] ?? "" }),
    );
    for (const client of made)
      client.subscribe.subscribe({ topic }, { onData: () => undefined, onError: () => undefined });
    return made;
  });
  const slow = createClient({ url, token: "forecast", maxBuffered: { events: 20 } });
  slow.subscribe.subscribe({ topic: "stock.*" }, { onData: () => delay(40), onError: () => undefined });
  return {
    async [Symbol.asyncDispose]() {
      await Promise.all([...clients, slow].map((client) => client.close()));
    },
  };
}

async function openView(browser: Browser, url: string, shot: Shot, isPhone: boolean): Promise<Page> {
  const other = shot.desk === "light" ? "dark" : "light";
  const page = await browser.newPage({
    viewport: isPhone ? { width: 380, height: 760 } : { width: 1240, height: 780 },
    colorScheme: isPhone ? other : shot.desk,
    isMobile: isPhone,
    hasTouch: isPhone,
    deviceScaleFactor: isPhone ? 2 : 1,
    reducedMotion: "reduce",
    locale: "en-GB",
  });
  if (shot.isSignedOut !== true) await page.addInitScript('sessionStorage.setItem("rtmsg.token", "ines")');
  await page.goto(`${url}/${shot.path}`);
  return page;
}

async function picture(page: Page, shot: Shot, isPhone: boolean): Promise<string> {
  await shot.prepare?.(page, isPhone);
  await page.evaluate(() => document.fonts.ready);
  await delay(1_500);
  const image = await page.screenshot();
  return `data:image/png;base64,${image.toString("base64")}`;
}

const chromium = findChromium();
if (chromium === undefined) throw new Error("There is no chromium on the PATH: install it");
await using shop = await ConsoleUnderTest.start({ auth });
await using _followers = await follow(shop.url);
await using browser = await startChromium(chromium);
const { broker } = shop.server;
for (const room of ["launch", "support", "warehouse"]) {
  const topic = `chat.${room}` as "chat.launch";
  await broker.produce({ topic, data: { author: "Ines", text: "Morning! Anything for the release?" } });
}
const over = new AbortController();
const trading = (async () => {
  const start = performance.now();
  for (let number = 0; !over.signal.aborted;) {
    const seconds = (performance.now() - start) / 1_000;
    const orders = Math.max(1, Math.round(9 + 7 * Math.sin(seconds / 6) + 3 * Math.sin(seconds * 1.3)));
    await trade(broker, number, orders);
    number += orders;
    await delay(TURN_MS);
  }
})();

// The overview draws what comes while it is open.
const [overview] = SHOTS;
if (overview === undefined) throw new Error("Nothing to take a picture of");
const opened = await Promise.all(
  [false, true].map((isPhone) => openView(browser, shop.url, overview, isPhone)),
);
await delay(TRADING_MS);
for (const shot of SHOTS) {
  const views =
    shot === overview
      ? opened
      : await Promise.all([false, true].map((isPhone) => openView(browser, shop.url, shot, isPhone)));
  const [desk, phone] = await Promise.all(views.map((page, index) => picture(page, shot, index === 1)));
  await Promise.all(views.map((page) => page.close()));
  const page = await browser.newPage({ viewport: { width: 1280, height: 820 } });
  await page.setContent(`
    <style>
      body { margin: 0; height: 820px; position: relative; overflow: hidden; }
      img { position: absolute; box-shadow: 0 12px 30px -12px #0008, 0 0 0 1px #0002; }
      .desk { left: 12px; top: 12px; width: 1110px; border-radius: 12px; }
      .phone { right: 20px; bottom: 24px; width: 290px; border-radius: 26px; border: 5px solid #000; }
    </style>
    <img class="desk" src="${desk}"><img class="phone" src="${phone}">`);
  const file = fileURLToPath(new URL(`../../../docs/images/console-${shot.name}.webp`, import.meta.url));
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Emulation.setDefaultBackgroundColorOverride", { color: { r: 0, g: 0, b: 0, a: 0 } });
  // A half of what a PNG of so much text takes, and less.
  const { data } = await devtools.send("Page.captureScreenshot", { format: "webp", quality: 82 });
  await writeFile(file, Buffer.from(data, "base64"));
  await page.close();
  console.log(`Wrote ${file}`);
}
over.abort();
await trading;
