import { startTestServer } from "@rtmsg/server/testing";
import { describe, expect, it } from "vitest";
import { fileOf, pagesIn } from "./pages.js";
import { RecipeFolder } from "./recipe-folder.js";

/** Languages of blocks that show something, and do nothing here. */
const SHOWN = new Set(["tsx", "nginx", "caddy", "json"]);

const recipes = pagesIn("docs/recipes").map((page) => [page.path, page] as const);

// `ts file=` is written, `ts run=` is run as well, `ts test=` by Node's test runner, and `text` is what the block
// before it has printed.
describe.runIf(process.platform !== "win32")("recipes, done as they say", { timeout: 90_000 }, () => {
  it.each(recipes)("%s", async (_path, { blocks }) => {
    await using server = await startTestServer();
    await using folder = await RecipeFolder.create({ RTMSG_URL: server.url });
    // The only liberty: the ports, which others may be using.
    const adapted = (text: string): string =>
      text
        .replaceAll("http://127.0.0.1:3030", server.url)
        .replaceAll("localhost:3030", new URL(server.url).host)
        .replaceAll("port: 4000", "port: 0");
    let printed = "";
    for (const block of blocks) {
      const { language, info, line, text } = block;
      const file = fileOf(block);
      if (language === "ts" && file !== undefined) await folder.write(file, adapted(text));
      if (language === "text") expect(printed).toBe(text);
      else if (language === "sh" || (file !== undefined && !info.startsWith("file="))) {
        const isTest = info.startsWith("test=");
        const done =
          file === undefined
            ? await folder.run(adapted(text))
            : await folder.node(file, ...(isTest ? ["--test"] : []));
        if (done.code !== 0)
          throw new Error(`line ${line} ended with ${done.code}:\n${done.stdout}${done.stderr}`);
        if (isTest) expect(done.stdout).toMatch(/^# pass [1-9]|ℹ pass [1-9]/m);
        printed = done.stdout;
      } else expect(language === "ts" || SHOWN.has(language) || language).toBe(true);
    }
  });
});
