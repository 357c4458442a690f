import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { SETTING_NAMES, variableOf } from "../src/config/settings.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const read = (file: string): string => readFileSync(join(root, file), "utf8");
const dockerfile = read("deploy/Dockerfile").replaceAll(/^#.*\n/gm, "");
const compose = read("deploy/compose.yaml");
/** The instructions, with the lines that go on joined. */
const instructions = dockerfile
  .replaceAll(/\\\n\s*/g, "")
  .split("\n")
  .filter((line) => line !== "");
const of = (name: string): string[] =>
  instructions.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));
const matches = (text: string, pattern: RegExp): string[] =>
  Array.from(text.matchAll(pattern), ([, found = ""]) => found);

// There is no Docker where the tests run: what can go stale unseen is held against the repository.
describe("deploy/Dockerfile", () => {
  it("copies what is there, and what is let into its context", () => {
    const sources = of("COPY")
      .filter((line) => !line.startsWith("--from"))
      .flatMap((line) => line.split(" ").slice(0, -1));
    expect(sources).toContain("pnpm-lock.yaml");
    expect(sources.filter((source) => !existsSync(join(root, source)))).toEqual([]);
    const allowed = matches(read("deploy/Dockerfile.dockerignore"), /^!(\S+)$/gm);
    const isAllowed = (source: string): boolean =>
      source === "." || allowed.some((path) => source === path || source.startsWith(`${path}/`));
    expect(sources.filter((source) => !isAllowed(source))).toEqual([]);
    expect(allowed.filter((path) => !path.includes("*") && !existsSync(join(root, path)))).toEqual([]);
  });

  it("runs scripts that there are, in the order that they need each other", () => {
    const runs = of("RUN").join("\n");
    const scripts = matches(runs, /node (scripts\/\S+)/g);
    expect(scripts.filter((script) => !existsSync(join(root, script)))).toEqual([]);
    const { scripts: named } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    expect(matches(runs, /npm run (\S+)/g).filter((name) => named[name] === undefined)).toEqual([]);
    const steps = [" fetch", " install --frozen-lockfile", "npm run build", " deploy --prod /app"];
    const places = steps.map((step) => runs.indexOf(step));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  it("starts the program that the package has, as a user without rights, on a supported Node", () => {
    const { bin, engines } = JSON.parse(read("packages/cli/package.json")) as {
      bin: { rtmsg: string };
      engines: { node: string };
    };
    expect(of("ENTRYPOINT")).toEqual([`["node", "${join("/app", bin.rtmsg)}"]`]);
    const before = instructions.slice(0, instructions.indexOf(`ENTRYPOINT ${of("ENTRYPOINT")[0]}`));
    expect(before.findLast((line) => line.startsWith("USER "))).toBe("USER node");
    const oldest = Number(/\d+/.exec(engines.node)?.[0]);
    const nodes = of("FROM").map((image) => Number(/^node:(\d+)-/.exec(image)?.[1]));
    expect(nodes.every((major) => major >= oldest)).toBe(true);
    expect(of("HEALTHCHECK").join()).toContain("/healthz");
  });

  it("keeps the log in the volume, which is the user's", () => {
    const [volume = ""] = of("VOLUME");
    expect(of("ENV").join()).toContain(`RTMSG_DATA=${volume}/`);
    expect(of("RUN").at(-1)).toBe(`install -d -o node -g node ${volume}`);
    expect(compose).toContain(`- data:${volume}\n`);
  });
});

describe("deploy", () => {
  it("sets variables that rtmsg serve knows", () => {
    const known = new Set(SETTING_NAMES.map(variableOf));
    const used = [...matches(of("ENV").join(" "), /(RTMSG_\w+)=/g), ...matches(compose, /(RTMSG_\w+):/g)];
    expect(used.length).toBeGreaterThan(3);
    expect(used.filter((name) => !known.has(name))).toEqual([]);
  });

  it("builds the image that it runs from the root of the repository", () => {
    expect(compose).toMatch(/^ {6}context: \.\.$/m);
    expect(compose).toMatch(/^ {6}dockerfile: deploy\/Dockerfile$/m);
    expect(compose).toContain('"127.0.0.1:3030:3030"');
    expect(of("EXPOSE")).toEqual(["3030"]);
  });
});
