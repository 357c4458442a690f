import { createClient } from "@rtmsg/client";
import { RtmsgError, type Authenticate } from "@rtmsg/server";
import { expect } from "vitest";
import { ConsoleUnderTest } from "./console.js";
import { becomes, openPage, PATIENCE } from "./page.js";
import { trade } from "./shop.js";
import { browserTests } from "./with-chromium.js";

const browserTest = browserTests();

browserTest("the overview moves while events are produced", async (browser) => {
  await using console = await ConsoleUnderTest.start();
  await using client = createClient({ url: console.url });
  const events = client.subscribe({ topic: ">", from: "earliest" });
  const { page, problems } = await openPage(browser, console.url);
  await page.getByRole("heading", { name: "Overview" }).waitFor();
  const tile = (name: string) => page.locator(`.tile:has(dt:text-is("${name}"))`);
  await becomes(() => tile("Events in").locator(".tile-below").textContent(), "0 so far");
  // What a chart shows, as a picture.
  const drawn = () =>
    page
      .getByLabel("Events", { exact: true })
      .locator("canvas")
      .evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
  const before = await drawn();
  const over = new AbortController();
  const trading = (async () => {
    for (let number = 0; !over.signal.aborted; number += 5) await trade(console.server.broker, number, 5);
  })();
  const reading = (async () => {
    for await (const _ of events) if (over.signal.aborted) break;
  })();
  try {
    const rate = () => tile("Events in").locator(".tile-value").textContent();
    await expect.poll(rate, PATIENCE).not.toBe("0/s");
    await expect
      .poll(() => tile("Events out").locator(".tile-value").textContent(), PATIENCE)
      .not.toBe("0/s");
    await expect
      .poll(() => tile("Log").locator(".tile-below").textContent(), PATIENCE)
      .toMatch(/[1-9].* events/);
    await expect.poll(drawn, PATIENCE).not.toBe(before);
    await expect
      .poll(() => tile("Connections").locator(".tile-below").textContent(), PATIENCE)
      .toMatch(/^[1-9]/);
  } finally {
    over.abort();
    await trading;
    await console.server.broker.produce({
      topic: "chat.room",
      data: { author: "Ines", text: "the last one" },
    });
    await reading;
  }
  expect(problems).toEqual([]);
});

browserTest(
  "shows who is connected, and disconnects whom it is told to, when asked twice",
  async (browser) => {
    await using console = await ConsoleUnderTest.start();
    await using client = createClient({ url: console.url });
    client.subscribe.subscribe({ topic: "orders.created" }, { onError: () => undefined });
    const { page, problems } = await openPage(browser, `${console.url}/#/connections`);
    const row = page.getByRole("row").filter({ hasText: "orders.created" });
    await row.waitFor();
    expect(await row.textContent()).toContain("127.0.0.1");

    const lost: string[] = [];
    client.connection.subscribe(({ state }) => lost.push(state));
    await row.getByRole("button", { name: /^Disconnect/ }).click();
    await page.getByRole("button", { name: "Cancel" }).click();
    await becomes(() => page.getByRole("dialog").count(), 0);
    expect(lost).toEqual([]);
    await row.getByRole("button", { name: /^Disconnect/ }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Disconnect" }).click();
    await expect.poll(() => lost, PATIENCE).toContain("open");
    await page.getByText("127.0.0.1 is disconnected").waitFor({ state: "attached" });
    expect(problems).toEqual([]);
  },
);

const auth: Authenticate = (token) => {
  if (token !== "reader") throw new RtmsgError("UNAUTHENTICATED", "The token is not known");
  return { name: "reader", rights: { produce: [], subscribe: [">"], admin: false } };
};

browserTest(
  "shows those who are no administrators the topics, and says why not the rest",
  async (browser) => {
    await using console = await ConsoleUnderTest.start({ auth });
    const { page, problems } = await openPage(browser, console.url);
    await page.getByRole("textbox", { name: "Token" }).fill("reader");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Topics" }).waitFor();
    await becomes(() => page.getByRole("navigation").getByRole("link").allTextContents(), [" Topics"]);
    await page.goto(`${console.url}/#/connections`);
    await page.getByRole("alert").filter({ hasText: "for administrators" }).waitFor();
    expect(problems).toEqual([]);
  },
);
