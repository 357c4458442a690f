import { DEFAULT_LIMITS, defineTopics } from "@rtmsg/server";
import { readFileSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineConfig } from "../src/config/define-config.js";
import { defaultTextOf, flagOf, SETTING_NAMES, settingOf, variableOf } from "../src/config/settings.js";
import { runCli, startCli, type Ended, type RunOptions } from "./support/cli.js";
import { tempFolder } from "./support/temp-folder.js";

const PRINT = ["serve", "--print-config"];

/** What `--print-config` says of a setting. */
function lineOf({ stdout }: Ended, name: string): string | undefined {
  const line = stdout.split("\n").find((one) => new RegExp(`^(# )?${name}\\b`).test(one));
  return line?.replaceAll(/ +#/g, " #");
}

describe("the settings of rtmsg serve", () => {
  it("come from flags before the environment, before the file, before the defaults", async () => {
    await using folder = await tempFolder();
    await writeFile(
      join(folder.path, "rtmsg.toml"),
      'port = 1\nhost = "file.example"\nlimitTopics = 5\nlimitEventBytes = "64kb"\ntopics = "topics.ts"\n',
    );
    const env = { RTMSG_PORT: "2", RTMSG_HOST: "variable.example", RTMSG_ORIGIN: "https://a, https://b" };
    const printed = await runCli([...PRINT, "--port", "3"], { cwd: folder.path, env });
    expect(printed).toMatchObject({ code: 0, stderr: "" });
    const file = join(folder.path, "rtmsg.toml");
    expect(lineOf(printed, "port")).toBe("port = 3 # --port");
    expect(lineOf(printed, "host")).toBe('host = "variable.example" # RTMSG_HOST');
    expect(lineOf(printed, "limitTopics")).toBe(`limitTopics = 5 # limitTopics in ${file}`);
    expect(lineOf(printed, "limitEventBytes")).toBe(`limitEventBytes = 65536 # limitEventBytes in ${file}`);
    expect(lineOf(printed, "topics")).toBe(
      `topics = "${join(folder.path, "topics.ts")}" # topics in ${file}`,
    );
    expect(lineOf(printed, "origin")).toBe('origin = ["https://a", "https://b"] # RTMSG_ORIGIN');
    expect(lineOf(printed, "engine")).toBe('engine = "lmdb" # default');
    expect(lineOf(printed, "data")).toBe("# data is not set # ./.rtmsg");
  });

  it("are printed as a file that says the same", async () => {
    await using folder = await tempFolder();
    const first = await runCli([...PRINT, "--port", "4000", "--origin", "https://a", "https://b"], {
      cwd: folder.path,
    });
    await writeFile(join(folder.path, "again.toml"), first.stdout);
    const second = await runCli([...PRINT, "--config", "again.toml"], { cwd: folder.path });
    const values = ({ stdout }: Ended): string => stdout.replaceAll(/ *#.*$/gm, "");
    expect(second.code).toBe(0);
    expect(values(second)).toBe(values(first));
  });

  it("may come from a file in TypeScript, with types, without a build", async () => {
    await using folder = await tempFolder();
    const config = `
      import { defineConfig } from "rtmsg/config";
      const port: number = 4000 + 1;
      export default defineConfig({ port, dedupeWindow: "5m", origin: "https://a.example" });
    `;
    await writeFile(join(folder.path, "rtmsg.config.ts"), config);
    const printed = await runCli(PRINT, { cwd: folder.path });
    expect(printed.stderr).toBe("");
    expect(lineOf(printed, "port")).toMatch(/^port = 4001 # port in .*rtmsg\.config\.ts$/);
    expect(lineOf(printed, "dedupeWindow")).toMatch(/^dedupeWindow = 300000 # /);
    expect(lineOf(printed, "origin")).toMatch(/^origin = \["https:\/\/a\.example"\] # /);
  });

  it("may declare the topics right there, which the broker serves", async () => {
    await using folder = await tempFolder();
    await folder.write(
      "order.ts",
      'import { z } from "zod";\nexport const order = z.object({ id: z.string() });\n',
    );
    const config = `
      import { defineTopics } from "@rtmsg/server";
      import { defineConfig, type Config } from "rtmsg/config";
      import { z } from "zod";
      import { order } from "./order.js";
      const topics = defineTopics({ "orders.created": order, "chat.*": { schema: z.string(), retention: { maxAge: "7d" } } });
      const config: Config = { port: 0, engine: "memory", topics };
      export default defineConfig(config);
    `;
    const file = await folder.write("rtmsg.config.ts", config);
    const printed = await runCli(PRINT, { cwd: folder.path });
    expect(printed.stderr).toBe("");
    expect(lineOf(printed, "topics")).toBe(`# topics are orders.created, chat.* # topics in ${file}`);

    await using broker = startCli(["serve"], { cwd: folder.path });
    const url = await broker.url();
    await broker.printed(/Topics: orders\.created, chat\.\*\.$/m);
    const headers = { "content-type": "application/json" };
    const produce = (topic: string, body: string): Promise<number> =>
      fetch(`${url}/produce/${topic}`, { method: "POST", headers, body }).then(({ status }) => status);
    expect(await produce("orders.created", '{"id":"o-1"}')).toBe(200);
    expect(await produce("orders.created", '{"id":1}')).toBe(422);
    expect(await produce("orders.shipped", "1")).toBe(404);

    const generated = await runCli(["generate", "--topics", file, "--out", "events.ts"], {
      cwd: folder.path,
    });
    expect(generated).toMatchObject({ code: 0, stderr: "" });
    expect(await readFile(join(folder.path, "events.ts"), "utf8")).toContain('"orders.created"');
  });

  it("say what is wrong with topics that nothing has declared, among all else", async () => {
    await using folder = await tempFolder();
    const file = await folder.write(
      "rtmsg.config.ts",
      `import { z } from "zod";
       const loop: Record<string, unknown> = {};
       loop["self"] = loop;
       export default { topics: { orders: z.object({ id: z.string() }) }, port: loop, host: () => "here" };`,
    );
    const printed = await runCli(PRINT, { cwd: folder.path });
    expect(printed).toMatchObject({ code: 2, stdout: "" });
    expect(printed.stderr).toBe(`error: 3 settings are wrong:
  port in ${file} is an object with self: use a number from 0 to 65535
  host in ${file} is a function: use a text
  topics in ${file} is an object with orders: use the path of a file, or in rtmsg.config.ts what defineTopics returned
`);
  });

  it("have types in a file of code", () => {
    const topics = defineTopics({ "orders.created": z.object({ id: z.string() }) });
    expect(defineConfig({ topics }).topics).toBe(topics);
    expect(defineConfig({ topics: "./topics.ts" }).topics).toBe("./topics.ts");
    // @ts-expect-error Topics that defineTopics has not made.
    expect(defineConfig({ topics: { orders: z.string() } })).toBeDefined();
  });

  it("are those that the broker runs with", async () => {
    await using folder = await tempFolder();
    await writeFile(join(folder.path, "rtmsg.toml"), 'port = 0\nengine = "memory"\n');
    const env = { RTMSG_LIMIT_EVENT_BYTES: "10" };
    await using broker = startCli(["serve"], { cwd: folder.path, env });
    const url = await broker.url();
    const { status } = await fetch(`${url}/produce/t`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '"more than ten bytes"',
    });
    expect(status).toBe(413);
  });

  it("never show a secret", async () => {
    const secret = "a secret that nobody may see, ever";
    const env = { RTMSG_AUTH_JWT_SECRET: secret };
    const printed = await runCli(PRINT, { env });
    expect(lineOf(printed, "authJwtSecret")).toBe("# authJwtSecret is set # RTMSG_AUTH_JWT_SECRET");
    expect(printed.stdout).not.toContain(secret);
    const wrong = await runCli([...PRINT, "--auth-tokens", "x"], { env });
    expect(wrong.stderr).toBe("error: --auth-tokens and RTMSG_AUTH_JWT_SECRET: use one of them\n");
    expect((await runCli(["serve", "--help"])).stdout).not.toContain("--auth-jwt-secret ");
  });

  it("let a stronger engine win over what the file says of another", async () => {
    await using folder = await tempFolder();
    await writeFile(join(folder.path, "rtmsg.toml"), 'data = "log"\ndurability = "relaxed"\n');
    expect(await runCli([...PRINT, "--engine", "memory"], { cwd: folder.path })).toMatchObject({ code: 0 });
  });
});

describe("mistakes in the settings", () => {
  async function mistakesOf(args: readonly string[], options: RunOptions = {}): Promise<string> {
    const ended = await runCli([...PRINT, ...args], options);
    expect(ended).toMatchObject({ code: 2, stdout: "" });
    return ended.stderr;
  }

  it("are all named at once: where, what, and what is allowed", async () => {
    await using folder = await tempFolder();
    const file = join(folder.path, "rtmsg.toml");
    await writeFile(file, 'port = "4000"\nengine = "disk"\nlimitTopic = 1\nwhatever = 2\norigin = [1]\n');
    const env = { RTMSG_PORT: "tcp://10.0.0.1:80", RTMSG_INSECURE: "maybe", RTMSG_LIMIT_TOPICS: "-1" };
    const stderr = await mistakesOf(["--limit-event-bytes", "much", "--dedupe-window", "0"], {
      cwd: folder.path,
      env,
    });
    expect(stderr).toBe(`error: 10 settings are wrong:
  RTMSG_PORT is "tcp://10.0.0.1:80": use a number from 0 to 65535
  port in ${file} is "4000": use a number from 0 to 65535
  RTMSG_INSECURE is "maybe": use true or false
  engine in ${file} is "disk": use lmdb, memory or addresses such as nats://host:4222
  --dedupe-window is "0": use a number of ms, or such as "90s", "15m", "12h" or "7d"
  origin in ${file} is [1]: use a text, or several (with commas between them in a variable)
  --limit-event-bytes is "much": use a number of bytes, or such as "512kb", "64mb" or "2gb"
  RTMSG_LIMIT_TOPICS is "-1": use a whole number from 1
  limitTopic in ${file} is no setting: did you mean limitTopics?
  whatever in ${file} is no setting: take it out
`);
  });

  it.each([
    ["rtmsg.toml", "port = = 1", /^error: .*rtmsg\.toml cannot be read: .* at line 1, column 8\n$/],
    ["rtmsg.config.js", "export const port = 1;", /exports no configuration: add "export default/],
    ["rtmsg.config.ts", "throw new Error('not today')", /rtmsg\.config\.ts could not be loaded: not today/],
    ["elsewhere.toml", "", /There is no configuration file at .*nowhere\.toml: check --config/],
  ])("of %s are explained", async (name, text, message) => {
    await using folder = await tempFolder();
    await writeFile(join(folder.path, name), text);
    const args = name === "elsewhere.toml" ? ["--config", "nowhere.toml"] : [];
    const ended = await runCli([...PRINT, ...args], { cwd: folder.path });
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(message);
  });

  it("are two files, of which nobody chose one", async () => {
    await using folder = await tempFolder();
    await mkdir(join(folder.path, "rtmsg.config.js"));
    await writeFile(join(folder.path, "rtmsg.config.ts"), "export default { port: 1 }");
    await writeFile(join(folder.path, "rtmsg.toml"), "port = 2");
    const ended = await runCli(PRINT, { cwd: folder.path });
    expect(ended.stderr).toBe(
      "error: There are rtmsg.config.ts and rtmsg.toml: keep one, or choose one with --config\n",
    );
    const chosen = await runCli(PRINT, { cwd: folder.path, env: { RTMSG_CONFIG: "rtmsg.toml" } });
    expect(lineOf(chosen, "port")).toMatch(/^port = 2 /);
  });
});

describe("the limits", () => {
  it("are each a setting, with the server's default", () => {
    const limits = SETTING_NAMES.flatMap((name) => {
      const { limit, default: value } = settingOf(name);
      return limit === undefined ? [] : [[limit, value]];
    });
    expect(Object.fromEntries(limits)).toEqual(DEFAULT_LIMITS);
  });
});

describe("docs/configuration.md", () => {
  it("lists every setting as it is", () => {
    const text = readFileSync(new URL("../../../docs/configuration.md", import.meta.url), "utf8");
    const cells = (line: string): string[] =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll("\\|", "|"));
    const rows = text
      .split("\n")
      .filter((line) => line.startsWith("| `"))
      .map(cells);
    const expected = SETTING_NAMES.map((name) => {
      const { isSecret, kind, help } = settingOf(name);
      const flag = isSecret === true ? "" : `\`${flagOf(name)}\``;
      return [`\`${name}\``, flag, `\`${variableOf(name)}\``, help, kind.allowed, defaultTextOf(name) ?? ""];
    });
    expect(rows).toEqual(expected);
  });
});
