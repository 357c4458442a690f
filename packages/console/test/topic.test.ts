import { expect } from "vitest";
import { ConsoleUnderTest } from "./console.js";
import { becomes, offsets, openPage, PATIENCE } from "./page.js";
import { order, trade } from "./shop.js";
import { browserTests } from "./with-chromium.js";

const browserTest = browserTests();

browserTest("lists topics with their figures, and finds them", async (browser) => {
  await using console = await ConsoleUnderTest.start();
  const { page, problems } = await openPage(browser, `${console.url}/#/topics`);
  await page.getByRole("heading", { name: "Topics" }).waitFor();
  const rowOf = (topic: string) => page.getByRole("row").filter({ hasText: topic });
  await becomes(() => rowOf("orders.shipped").locator(".col-count").textContent(), "0");
  await trade(console.server.broker, 0, 4);
  await becomes(() => rowOf("orders.shipped").locator(".col-count").textContent(), "2");
  expect(await rowOf("stock.level").locator(".col-keeps").textContent()).toBe("50,000 events, 64 MB");
  expect(await rowOf("orders.shipped").locator(".col-schema").textContent()).toBe("id, carrier");
  expect(await page.locator(".patterns li").textContent()).toContain("chat.*");

  await page.keyboard.press("/");
  await page.keyboard.type("ship");
  await becomes(() => page.getByRole("rowheader").allTextContents(), ["orders.shipped"]);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "orders.shipped" }).waitFor();
  expect(problems).toEqual([]);
});

browserTest("says how the first event is produced where there are no topics", async (browser) => {
  await using console = await ConsoleUnderTest.start({ topics: undefined });
  const { page, problems } = await openPage(browser, `${console.url}/#/topics`);
  await page.getByText("No topics yet.").waitFor();
  const command = await page.getByLabel("With curl", { exact: true }).textContent();
  expect(command).toContain(`${console.url}/produce/orders.created`);
  expect(problems).toEqual([]);
});

browserTest("shows events as they come, pauses, and misses nothing by that", async (browser) => {
  await using console = await ConsoleUnderTest.start();
  const { broker } = console.server;
  await broker.produce({ topic: "chat.room", data: { author: "Ines", text: "before" } });
  const { page, problems } = await openPage(browser, `${console.url}/#/topics/chat.room`);
  await becomes(() => offsets(page), ["#1"]);
  const say = (text: string) => broker.produce({ topic: "chat.room", data: { author: "Ines", text } });
  await say("second");
  await becomes(() => offsets(page), ["#1", "#2"]);

  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByText("Paused", { exact: true }).waitFor();
  await say("third");
  await say("fourth");
  // What another page has, this one could have.
  const other = await openPage(browser, `${console.url}/#/topics/chat.room`);
  await becomes(() => offsets(other.page), ["#1", "#2", "#3", "#4"]);
  expect(await offsets(page)).toEqual(["#1", "#2"]);
  await page.getByRole("button", { name: "Resume" }).click();
  await becomes(() => offsets(page), ["#1", "#2", "#3", "#4"]);

  // Held by the filter, and shown again without it.
  await page.getByRole("searchbox", { name: "Filter" }).fill("text=third");
  await becomes(() => offsets(page), ["#3"]);
  await page.getByRole("searchbox", { name: "Filter" }).fill("");
  await becomes(() => offsets(page), ["#1", "#2", "#3", "#4"]);
  expect([...problems, ...other.problems]).toEqual([]);
});

browserTest("replays the past, and shows an event whole", async (browser) => {
  await using console = await ConsoleUnderTest.start();
  const { broker } = console.server;
  for (let number = 0; number < 6; number++) {
    await broker.produce({ topic: "orders.created", data: order(number), key: `k-${number}` });
  }
  const { page, problems } = await openPage(browser, `${console.url}/#/topics/orders.created`);
  await becomes(async () => (await offsets(page)).length, 6);
  const startAt = page.getByRole("combobox", { name: "Start at" });
  const replay = page.getByRole("button", { name: "Replay" });

  await startAt.selectOption("offset");
  await page.locator('input[aria-label="After an offset"]').fill("4");
  await replay.click();
  await becomes(() => offsets(page), ["#5", "#6"]);
  await startAt.selectOption("last");
  await page.locator('input[aria-label="The last events"]').fill("3");
  await replay.click();
  await becomes(() => offsets(page), ["#4", "#5", "#6"]);
  await startAt.selectOption("earliest");
  await replay.click();
  await becomes(async () => (await offsets(page)).length, 6);
  await startAt.selectOption("time");
  await page.locator('input[aria-label="A time"]').fill("2030-01-01T00:00:00");
  await replay.click();
  await becomes(() => offsets(page), []);
  await page.getByText("Nothing here yet.").waitFor();
  await startAt.selectOption("time");
  await page.locator('input[aria-label="A time"]').fill("2020-01-01T00:00:00");
  await replay.click();
  await becomes(async () => (await offsets(page)).length, 6);

  // By the keyboard alone.
  await page.getByRole("listbox").focus();
  await page.keyboard.press("Home");
  await page.getByRole("heading", { name: /^#1\b/ }).waitFor();
  await page.keyboard.press("ArrowDown");
  await page.getByRole("heading", { name: /^#2\b/ }).waitFor();
  const event = await page.getByRole("tabpanel").textContent();
  expect(event).toContain(order(1).customer.name);
  expect(event).toContain("k-1");
  expect(problems).toEqual([]);
});

browserTest("produces what the form holds, and says what is wrong with it at its field", async (browser) => {
  await using console = await ConsoleUnderTest.start();
  const { page, problems } = await openPage(browser, `${console.url}/#/topics/orders.created`);
  const editor = page.getByRole("textbox", { name: "Data, as JSON" });
  const wrongLine = page.locator(".editor-line.wrong");
  const button = page.getByRole("button", { name: "Produce", exact: true });
  // What the form starts with is taken as it is; its date travels as a date.
  await button.click();
  await page.getByText("Stored at offset").waitFor();
  await becomes(() => offsets(page), ["#1"]);
  const [first] = (await console.server.broker.history({ topic: "orders.created" })).events;
  expect(first?.data).toMatchObject({ at: expect.any(Date) as Date, express: false });

  // Found in the page.
  const data = { ...order(7), express: "yes" };
  await editor.fill(JSON.stringify(data, null, 2));
  await becomes(() => wrongLine.locator(".editor-text").allTextContents(), ['  "express": "yes"']);
  expect(await editor.getAttribute("aria-invalid")).toBe("true");
  expect(await page.getByRole("alert").textContent()).toMatch(/express.*boolean/);
  expect(await button.isDisabled()).toBe(true);
  await editor.fill('{ "id": ');
  await page.getByRole("alert").filter({ hasText: "It is not JSON" }).waitFor();

  // Found by the broker only: the page cannot know what a schema checks with code.
  const item = { sku: "mug-88", quantity: 1 };
  await editor.fill(JSON.stringify({ ...order(7), items: [item, item] }, null, 2));
  await button.click();
  await page.getByRole("alert").filter({ hasText: "items An item is there twice" }).waitFor();
  await becomes(() => wrongLine.locator(".editor-text").allTextContents(), ['  "items": [']);

  await editor.fill(JSON.stringify({ ...order(7), total: 12.5 }, null, 2));
  await page.getByText("Key, id and headers").click();
  await page.getByRole("textbox", { name: "Event id" }).fill("once");
  await editor.press("Control+Enter");
  await page.getByText("Stored at offset").waitFor();
  await becomes(() => offsets(page), ["#1", "#2"]);
  await button.click();
  await page.getByText("it was there already").waitFor();
  expect(problems).toEqual([]);
});

browserTest("keeps up with a thousand events a second", async (browser) => {
  await using console = await ConsoleUnderTest.start();
  const { page, problems } = await openPage(browser, `${console.url}/#/topics/stock.level`);
  await page.getByText("Live", { exact: true }).waitFor();
  const { broker } = console.server;
  let offset = 0;
  for (let batch = 0; batch < 20; batch++) {
    const receipts = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        broker.produce({ topic: "stock.level", data: { sku: "mug-88", level: batch * 100 + index } }),
      ),
    );
    offset = receipts.at(-1)?.offset ?? 0;
  }
  await expect.poll(async () => (await offsets(page)).at(-1), PATIENCE).toBe(`#${offset}`);
  // All are there, and only what can be seen is drawn.
  await page.getByText("2,000 rows").waitFor();
  expect(await page.locator(".row").count()).toBeLessThan(60);
  expect(problems).toEqual([]);
});
