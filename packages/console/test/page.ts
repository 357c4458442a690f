import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { expect } from "vitest";

/** How long a condition may take on a machine that others use too. */
export const PATIENCE = { timeout: 60_000 } as const;

/** A page of the console, and what is wrong with it. */
export interface ConsolePage {
  readonly page: Page;
  /** What it has complained about, and what it has asked of others than the broker. */
  readonly problems: readonly string[];
}

/** Opens a page in a browser profile of its own. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<ConsolePage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
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
  const { host } = new URL(url);
  page.on("request", (request) => {
    if (new URL(request.url()).host !== host) problems.push(`It asked for ${request.url()}`);
  });
  page.on("websocket", (socket) => {
    if (new URL(socket.url()).host !== host) problems.push(`It connected to ${socket.url()}`);
  });
  await page.goto(url);
  return { page, problems };
}

/** Waits until something on a page is as it should be. */
export async function becomes<T>(read: () => Promise<T>, wanted: T): Promise<void> {
  await expect.poll(read, PATIENCE).toEqual(wanted);
}

/** The rows of a tail that are in sight, as `#offset`. */
export function offsets(page: Page): Promise<string[]> {
  return page.locator(".row-offset").allTextContents();
}
