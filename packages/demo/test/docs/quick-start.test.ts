import { writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, it } from "vitest";
import { Shell } from "../readme/shell.js";
import { makeSite } from "../readme/site.js";
import { fileOf, pageAt, root } from "./pages.js";

const OFFLINE = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH/;

it.runIf(process.platform !== "win32")(
  "docs/quick-start.md, done as it says",
  { timeout: 120_000 },
  async ({ skip }) => {
    await using site = await makeSite(root);
    await using shell = new Shell(site.clone, {});
    // The only liberty: the port, which others may be using.
    const port = String(await freePort());
    let printed = "";
    for (const block of pageAt("docs/quick-start.md").blocks) {
      const text = block.text.replaceAll("4000", port);
      const file = fileOf(block);
      if (file !== undefined) await writeFile(join(shell.cwd, file), text);
      else if (block.language === "text") expect(printed).toBe(text);
      else if (block.info === "background") {
        const running = shell.start(text);
        const output = (): string => running.stdout + running.stderr;
        await expect.poll(output, { timeout: 60_000 }).toMatch(/^Broker server running at http:/m);
      } else {
        const { code, stdout, stderr } = await shell.run(text);
        if (code !== 0 && OFFLINE.test(stderr)) skip("the registry cannot be reached");
        if (code !== 0) throw new Error(`${text}ended with ${code}:\n${stdout}${stderr}`);
        printed = stdout;
      }
    }
    expect(printed).toContain('"text":"me too"');
  },
);

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
