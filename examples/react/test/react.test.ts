import type { Browser, Page } from "playwright-core";
import { expect, test } from "vitest";
import { findChromium, startChromium } from "../../../packages/client/test/support/chromium.js";
import { MAX_TEXT } from "../src/topics.js";
import { Example } from "./example.js";

const chromium = findChromium();
const isSkipped = chromium === undefined && process.env["CI"] !== "true";
const WHY = "there is no chromium on the PATH";
const PATIENCE = { timeout: 30_000 } as const;

interface Opened {
  readonly page: Page;
  /** What the page has complained about. */
  readonly problems: readonly string[];
}

/** The page in a browser profile of its own. */
async function open(browser: Browser, url: string): Promise<Opened> {
  const context = await browser.newContext();
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE.timeout);
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => {
    const isProblem = message.type() === "error" || message.type() === "warning";
    // The browser's own line for each attempt while there is no broker; no page can do without it.
    const isRefused = /^WebSocket connection to '\S+' failed/.test(message.text());
    if (isProblem && !isRefused) problems.push(message.text());
  });
  await page.goto(url);
  return { page, problems };
}

/** The messages that a page shows. */
const shown = (page: Page): Promise<string[]> => page.locator(".said").allTextContents();

/** What the page says of its connection. */
const badge = (page: Page): Promise<string | null> => page.getByRole("status").textContent();

async function send(page: Page, text: string): Promise<void> {
  const field = page.getByLabel("Message", { exact: true });
  await field.fill(text);
  await field.press("Enter");
  await expect.poll(() => field.inputValue(), PATIENCE).toBe("");
}

test("pages show each message once, over a restart of the broker", { timeout: 120_000 }, async ({ skip }) => {
  if (isSkipped) skip(WHY);
  await using example = await Example.start();
  await using browser = await startChromium(chromium ?? "chromium");
  await example.say("Ines", "before any page");
  const first = await open(browser, example.url);
  const second = await open(browser, example.url);
  await expect.poll(() => badge(first.page), PATIENCE).toBe("Connected");
  await first.page.getByLabel("Name").fill("Tobias");
  await send(first.page, "from the form");
  const two = ["before any page", "from the form"];
  await expect.poll(() => shown(first.page), PATIENCE).toEqual(two);
  await expect.poll(() => shown(second.page), PATIENCE).toEqual(two);

  await example.stopBroker();
  await expect.poll(() => badge(first.page), PATIENCE).toBe("Reconnecting…");
  await first.page.getByText("No connection to").waitFor();
  // What is sent meanwhile waits.
  const sent = send(first.page, "while it was away");
  await first.page.getByRole("button", { name: "Sending…" }).waitFor();
  await example.startBroker();
  await example.say("Ines", "after the restart");
  await sent;

  await expect.poll(() => badge(first.page), PATIENCE).toBe("Connected");
  await expect.poll(() => first.page.locator(".notice").count(), PATIENCE).toBe(0);
  await send(first.page, "and on it goes");
  const stored = await example.texts();
  expect(stored.toSorted()).toEqual(
    [...two, "after the restart", "and on it goes", "while it was away"].toSorted(),
  );
  await expect.poll(() => shown(first.page), PATIENCE).toEqual(stored);
  await expect.poll(() => shown(second.page), PATIENCE).toEqual(stored);
  expect([...first.problems, ...second.problems]).toEqual([]);
});

test(
  "what the schema refuses is said at its field, and nothing is lost of it",
  { timeout: 120_000 },
  async ({ skip }) => {
    if (isSkipped) skip(WHY);
    await using example = await Example.start();
    await using browser = await startChromium(chromium ?? "chromium");
    const { page, problems } = await open(browser, example.url);
    const button = page.getByRole("button", { name: "Send" });
    const name = page.getByLabel("Name");
    const message = page.getByLabel("Message", { exact: true });
    expect(await button.isDisabled()).toBe(true);
    await name.fill("Maren");
    await message.fill("   ");
    expect(await button.isDisabled()).toBe(true);

    const long = "x".repeat(MAX_TEXT + 1);
    await message.fill(long);
    await button.click();
    await page.getByRole("alert").filter({ hasText: "A message has at most 280 characters" }).waitFor();
    expect(await message.getAttribute("aria-invalid")).toBe("true");
    expect(await name.getAttribute("aria-invalid")).toBe("false");
    expect(await message.inputValue()).toBe(long);

    await message.fill("short enough");
    expect(await message.getAttribute("aria-invalid")).toBe("false");
    await message.press("Enter");
    await expect.poll(() => shown(page), PATIENCE).toContain("short enough");
    expect(await example.texts()).not.toContain(long);
    expect(problems).toEqual([]);
  },
);

test("a log that was lost is said to be, and the page goes on", { timeout: 120_000 }, async ({ skip }) => {
  if (isSkipped) skip(WHY);
  await using example = await Example.start();
  await using browser = await startChromium(chromium ?? "chromium");
  await example.say("Ines", "in the old log");
  const { page, problems } = await open(browser, example.url);
  await expect.poll(() => shown(page), PATIENCE).toEqual(["in the old log"]);
  await example.stopBroker();
  example.loseLog();
  await example.startBroker();
  await page.getByText("The broker has started a new log").waitFor();
  await example.say("Ines", "in the new log");
  await expect.poll(() => shown(page), PATIENCE).toEqual(["in the old log", "in the new log"]);
  expect(problems).toEqual([]);
});
