import { RtmsgError, type Authenticate } from "@rtmsg/server";
import { expect } from "vitest";
import { ConsoleUnderTest } from "./console.js";
import { becomes, offsets, openPage } from "./page.js";
import { trade } from "./shop.js";
import { browserTests } from "./with-chromium.js";

const browserTest = browserTests();

/** Lets in a clerk, who sees orders, and nobody else. */
const auth: Authenticate = (token) => {
  if (token !== "clerk-token") throw new RtmsgError("UNAUTHENTICATED", "The token is not known");
  return { name: "clerk", rights: { produce: [], subscribe: ["orders.>"], admin: false } };
};

browserTest("asks who one is where the broker does, and shows what one may see", async (browser) => {
  await using console = await ConsoleUnderTest.start({ auth });
  await console.server.broker.produce({ topic: "chat.room", data: { author: "Ines", text: "secret" } });
  const { page, problems } = await openPage(browser, `${console.url}/#/topics`);
  const token = page.getByRole("textbox", { name: "Token" });
  await token.fill("guess");
  await token.press("Enter");
  await page.getByRole("alert").filter({ hasText: "The token is not known" }).waitFor();
  await token.fill("clerk-token");
  await token.press("Enter");
  await becomes(() => page.getByRole("rowheader").allTextContents(), ["orders.created", "orders.shipped"]);

  // It stays in this tab, and nowhere else.
  await page.reload();
  await page.getByRole("heading", { name: "Topics" }).waitFor();
  expect(await page.evaluate("localStorage.length + document.cookie.length")).toBe(0);
  await page.goto(`${console.url}/#/topics/chat.room`);
  await page.getByRole("alert").filter({ hasText: "FORBIDDEN" }).first().waitFor();

  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  expect(problems).toEqual([]);
});

browserTest("asks for its files, and speaks over the typed API's socket only", async (browser) => {
  await using console = await ConsoleUnderTest.start({ auth });
  await trade(console.server.broker, 0, 3);
  const { page, problems } = await openPage(browser, `${console.url}/#/topics`);
  const paths = new Set<string>();
  page.on("request", (request) =>
    paths.add(new URL(request.url()).pathname.replace(/^\/console\/.+/, "/console/")),
  );
  page.on("websocket", (socket) => paths.add(`socket ${new URL(socket.url()).pathname}`));
  await page.reload();
  await page.getByRole("textbox", { name: "Token" }).fill("clerk-token");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("rowheader", { name: "orders.created" }).waitFor();
  await page.goto(`${console.url}/#/topics/orders.created`);
  await page.locator(".row-offset").first().waitFor();
  expect([...paths].toSorted()).toEqual(["/", "/console/", "socket /trpc"]);
  expect(problems).toEqual([]);
});

browserTest("says that it is not connected, and goes on after a restart of the broker", async (browser) => {
  await using console = await ConsoleUnderTest.start();
  const say = (text: string) =>
    console.server.broker.produce({ topic: "chat.room", data: { author: "Ines", text } });
  await say("before");
  const { page, problems } = await openPage(browser, `${console.url}/#/topics/chat.room`);
  await becomes(() => offsets(page), ["#1"]);
  await console.stopBroker();
  await page.getByText("Reconnecting…").waitFor();
  await page.getByText(/No connection to the broker for/).waitFor();
  await console.startBroker();
  await say("after");
  await becomes(() => offsets(page), ["#1", "#2"]);
  await page.getByText("Connected", { exact: true }).waitFor();
  await becomes(() => page.getByText(/No connection to the broker/).count(), 0);
  expect(problems).toEqual([]);
});
