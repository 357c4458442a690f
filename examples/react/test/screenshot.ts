// `npm run screenshot`: the picture of this page in docs/images, wide and light beside narrow and dark.
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { findChromium, startChromium } from "../../../packages/client/test/support/chromium.js";
import { Example } from "./example.js";

const FILE = fileURLToPath(new URL("../../../docs/images/react-example.png", import.meta.url));

const SAID: readonly (readonly [author: string, text: string])[] = [
  ["Ines", "Morning! Cutting the release branch now."],
  ["Ines", "If you have anything for it, shout."],
  ["Tobias", "The export fix is merged. Nothing else from me."],
  ["Maren", "Broker restarts in a minute, for the new kernel."],
  ["Tobias", "Saw it reconnect. And not a line missed."],
  ["Yusuf", "Staging is green, 214 of 214."],
  ["Maren", "Then let's ship. Who presses the button?"],
];

/** Opens the page, and writes what is not sent yet. */
async function picture(browser: Browser, url: string, view: View): Promise<Buffer> {
  const { width, height, isPhone, author, draft } = view;
  const page = await browser.newPage({
    viewport: { width, height },
    colorScheme: isPhone ? "dark" : "light",
    isMobile: isPhone,
    hasTouch: isPhone,
    deviceScaleFactor: 2,
    reducedMotion: "reduce",
    locale: "en-GB",
  });
  await page.goto(url);
  await page.getByText(SAID.at(-1)?.[1] ?? "").waitFor();
  await page.getByLabel("Name").fill(author);
  await page.getByLabel("Message", { exact: true }).fill(draft);
  await page.evaluate(() => document.fonts.ready);
  const shot = await page.screenshot();
  await page.close();
  return shot;
}

interface View {
  readonly width: number;
  readonly height: number;
  readonly isPhone: boolean;
  readonly author: string;
  readonly draft: string;
}

const chromium = findChromium();
if (chromium === undefined) throw new Error("There is no chromium on the PATH: install it");
await using example = await Example.start();
await using browser = await startChromium(chromium);
for (const [author, text] of SAID) await example.say(author, text);

const desktop = { width: 768, height: 640, isPhone: false, author: "Ines", draft: "I do. Ready?" };
const phone = { width: 360, height: 690, isPhone: true, author: "Yusuf", draft: "" };
const images = await Promise.all([desktop, phone].map((view) => picture(browser, example.url, view)));
const [wide, narrow] = images.map((image) => `data:image/png;base64,${image.toString("base64")}`);

const page = await browser.newPage({ viewport: { width: 1120, height: 700 } });
await page.setContent(`
  <style>
    body { margin: 0; height: 700px; position: relative; overflow: hidden; }
    img { position: absolute; box-shadow: 0 18px 40px -16px #0008, 0 0 0 1px #0001; }
    .wide { left: 16px; top: 16px; width: 768px; border-radius: 16px; }
    .narrow { right: 28px; bottom: 28px; width: 320px; border-radius: 28px; border: 6px solid #000; }
  </style>
  <img class="wide" src="${wide}"><img class="narrow" src="${narrow}">`);
await page.screenshot({ path: FILE, omitBackground: true });
console.log(`Wrote ${FILE}`);
