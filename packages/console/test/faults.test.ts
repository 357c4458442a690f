import { RtmsgError, type Authenticate } from "@rtmsg/server";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { expect } from "vitest";
import { ConsoleUnderTest } from "./console.js";
import { offsets, openPage, PATIENCE, type ConsolePage } from "./page.js";
import { trade } from "./shop.js";
import { browserTests } from "./with-chromium.js";

const browserTest = browserTests();

/** What axe finds that keeps people out. */
async function faults(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(
    `axe.run({ resultTypes: ["violations"] }).then(({ violations }) => violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html).join(" | ")))`,
  );
}

/** Every page that there is, with something on it. */
const PAGES: readonly (readonly [name: string, path: string, isThere: (page: Page) => Promise<unknown>])[] = [
  ["the overview", "#/", (page) => page.locator(".chart canvas").first().waitFor()],
  ["connections", "#/connections", (page) => page.getByRole("row").nth(1).waitFor()],
  ["topics", "#/topics", (page) => page.getByRole("rowheader").first().waitFor()],
  [
    "a topic",
    "#/topics/orders.created",
    async (page) => {
      await expect.poll(() => offsets(page), PATIENCE).not.toEqual([]);
      await page.locator(".row").first().click();
      await page.locator(".json-view").waitFor();
    },
  ],
  ["a topic without events", "#/topics/chat.quiet", (page) => page.getByText("Nothing here yet.").waitFor()],
];

type Scheme = "light" | "dark";

/** Opens the console with axe in it. */
async function openWithAxe(browser: Browser, url: string, colorScheme: Scheme): Promise<ConsolePage> {
  const opened = await openPage(browser, url, { colorScheme });
  const { page } = opened;
  // Its policy keeps the page itself from taking in a script.
  const session = await page.context().newCDPSession(page);
  await session.send("Page.enable");
  await session.send("Page.addScriptToEvaluateOnNewDocument", { source: axe.source });
  await page.reload();
  return opened;
}

async function checkPages(browser: Browser, url: string, colorScheme: Scheme): Promise<void> {
  const { page, problems } = await openWithAxe(browser, url, colorScheme);
  for (const [name, path, isThere] of PAGES) {
    await page.goto(`${url}/${path}`);
    await isThere(page);
    expect([name, await faults(page)]).toEqual([name, []]);
  }
  await page.goto(`${url}/#/topics/orders.created`);
  await page.getByRole("textbox", { name: "Data, as JSON" }).fill('{ "id": 7 }');
  await page.locator(".editor-issue").first().waitFor();
  expect(["a form with issues", await faults(page)]).toEqual(["a form with issues", []]);
  for (const tab of ["Schema", "Event"]) {
    await page.getByRole("tab", { name: tab }).click();
    expect([tab, await faults(page)]).toEqual([tab, []]);
  }
  expect(problems).toEqual([]);
  await page.context().close();
}

async function checkSignIn(browser: Browser, url: string, colorScheme: Scheme): Promise<void> {
  const { page, problems } = await openWithAxe(browser, url, colorScheme);
  const token = page.getByRole("textbox", { name: "Token" });
  await token.waitFor();
  expect(["the sign-in", await faults(page)]).toEqual(["the sign-in", []]);
  await page.getByText("Where do I get a token?").click();
  await page.getByText("rtmsg token console").waitFor();
  expect(["where to get a token", await faults(page)]).toEqual(["where to get a token", []]);
  await token.fill("guess");
  expect(["a token filled in", await faults(page)]).toEqual(["a token filled in", []]);
  await token.press("Enter");
  await page.getByRole("alert").filter({ hasText: "The token is not known" }).waitFor();
  expect(["a token that was refused", await faults(page)]).toEqual(["a token that was refused", []]);
  expect(problems).toEqual([]);
  await page.context().close();
}

/** Lets in nobody. */
const auth: Authenticate = () => {
  throw new RtmsgError("UNAUTHENTICATED", "The token is not known");
};

for (const scheme of ["light", "dark"] as const) {
  browserTest(`nothing on the sign-in keeps people out, in ${scheme}`, async (browser) => {
    await using console = await ConsoleUnderTest.start({ auth });
    await checkSignIn(browser, console.url, scheme);
  });

  browserTest(`nothing on any page keeps people out, in ${scheme}`, async (browser) => {
    await using console = await ConsoleUnderTest.start();
    await trade(console.server.broker, 0, 3);
    await checkPages(browser, console.url, scheme);
  });
}
