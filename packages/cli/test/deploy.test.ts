import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { resolveSettings } from "../src/config/resolve-settings.js";
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

/** What is looked at of a service. */
interface Service {
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly command?: readonly string[];
  readonly ports?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly volumes?: readonly string[];
  readonly configs?: readonly { readonly source: string; readonly target: string }[];
  readonly healthcheck?: { readonly test: readonly string[] };
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly configs?: Readonly<Record<string, { readonly content: string }>>;
}

describe.each(["compose.yaml", "compose.nats.yaml"])("deploy/%s", (file) => {
  const { services, volumes, configs = {} } = parse(read(`deploy/${file}`), { merge: true }) as Compose;
  const all = Object.values(services);
  const brokers = all.filter(({ image }) => image === "rtmsg");

  it("runs the broker's image, built by its Dockerfile, each on a port of this machine alone", () => {
    expect(brokers.length).toBeGreaterThan(0);
    for (const { build } of brokers)
      expect(build).toEqual({ context: "..", dockerfile: "deploy/Dockerfile" });
    const [exposed = ""] = of("EXPOSE");
    expect(brokers.map(({ ports }) => ports)).toEqual(
      brokers.map((_, index) => [`127.0.0.1:${Number(exposed) + index}:${exposed}`]),
    );
  });

  it("sets brokers up as rtmsg serve takes it", () => {
    const image = Object.fromEntries(
      of("ENV").flatMap((line) =>
        Array.from(line.matchAll(/(\w+)=(\S+)/g), ([, name, value]) => [name, value]),
      ),
    ) as Record<string, string>;
    for (const { environment = {}, command } of brokers) {
      // The image's own: serve, with what it is told by its environment.
      expect(command).toBeUndefined();
      // It throws where something is wrong.
      const { settings } = resolveSettings({
        flags: {},
        variables: { ...image, ...environment },
        file: undefined,
      });
      expect(settings).toMatchObject({ port: 3030, authTokens: "/data/tokens.json" });
    }
  });

  it("names volumes, configurations and services that there are", () => {
    const named = all.flatMap((service) => (service.volumes ?? []).map((volume) => volume.split(":")[0]));
    expect(new Set(named)).toEqual(new Set(Object.keys(volumes)));
    const sources = all.flatMap((service) => (service.configs ?? []).map(({ source }) => source));
    expect(sources).toEqual(Object.keys(configs));
    for (const [name, { condition }] of all.flatMap((service) => Object.entries(service.depends_on ?? {}))) {
      expect(condition).toBe("service_healthy");
      expect(services[name]?.healthcheck?.test[0]).toBe("CMD");
    }
  });
});
