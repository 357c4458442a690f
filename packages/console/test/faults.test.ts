import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { expect } from "vitest";
import { ConsoleUnderTest } from "./console.js";
import { offsets, openPage, PATIENCE } from "./page.js";
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

async function checkPages(browser: Browser, url: string, colorScheme: "light" | "dark"): Promise<void> {
  const { page, problems } = await openPage(browser, url, { colorScheme });
  // Its policy keeps the page itself from taking in a script.
  const session = await page.context().newCDPSession(page);
  await session.send("Page.enable");
  await session.send("Page.addScriptToEvaluateOnNewDocument", { source: axe.source });
  await page.reload();
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

for (const scheme of ["light", "dark"] as const) {
  browserTest(`nothing on any page keeps people out, in ${scheme}`, async (browser) => {
    await using console = await ConsoleUnderTest.start();
    await trade(console.server.broker, 0, 3);
    await checkPages(browser, console.url, scheme);
  });
}
