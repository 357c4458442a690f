import { startTestServer } from "@rtmsg/server/testing";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";

import { MAIN, RunningCli, runCli } from "./support/cli.js";
import { runHere } from "./support/run-here.js";

afterEach(() => void vi.unstubAllEnvs());

const COMMANDS = [
  "serve",
  "produce",
  "subscribe",
  "topics",
  "export",
  "import",
  "backup",
  "verify",
  "bench",
  "generate",
  "token",
];
const SUBCOMMANDS = ["topics info", "topics trim", "topics delete"];

describe("rtmsg", () => {
  it("prints its version, which is the package's", async () => {
    const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
      version: string;
    };
    expect(await runCli(["--version"])).toEqual({ code: 0, stdout: `${manifest.version}\n`, stderr: "" });
  });

  it("prints help that names every command, and as an error when it is called with nothing", async () => {
    const asked = await runHere(["--help"]);
    expect(asked).toMatchObject({ code: 0, stderr: "" });
    for (const command of COMMANDS) expect(asked.stdout).toContain(`  ${command} `);
    const { code, stdout, stderr } = await runHere([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toBe(asked.stdout);
  });

  it.each(COMMANDS)("prints help of %s with examples and exit codes, within 80 columns", async (command) => {
    const { code, stdout, stderr } = await runHere([command, "--help"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain(`Usage: rtmsg ${command}`);
    expect(stdout).toMatch(/^Examples:\n {2}rtmsg/m);
    expect(stdout).toMatch(/^Exit codes:\n {2}0 /m);
    for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    expect((await runHere(["help", command])).stdout).toBe(stdout);
  });

  it.each(SUBCOMMANDS)(
    "prints help of %s with examples and exit codes, within 80 columns",
    async (command) => {
      const { code, stdout, stderr } = await runHere([...command.split(" "), "--help"]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(stdout).toContain(`Usage: rtmsg ${command}`);
      expect(stdout).toMatch(/^Examples:\n {2}rtmsg/m);
      expect(stdout).toMatch(/^Exit codes:\n {2}0 /m);
      for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    },
  );

  it.each([
    [["prodce", "newtopic"], "unknown command 'prodce'\n(Did you mean produce?)"],
    [["subscribe", "newtopic", "--jsn"], "unknown option '--jsn'\n(Did you mean --json?)"],
    [["serve", "--prot", "1"], "unknown option '--prot'\n(Did you mean --port?)"],
    [["subscribe"], "missing required argument 'topics'"],
    [["topics", "inof"], 'topics has no command "inof": use info, trim or delete'],
    [["topics", "info", "a", "b"], "too many arguments"],
    [["topics", "trim", "a"], "required option '--before <offset>' not specified"],
    [["exprt"], "unknown command 'exprt'\n(Did you mean export?)"],
    [["bench", "--producer", "1"], "unknown option '--producer'\n(Did you mean --producers?)"],
    [["produce", "newtopic", "1", "--url", "ftp://host"], '"ftp://host" is no address of a broker'],
    [["topics", "--url", "localhost:3030,"], '"" is no address of a broker'],
  ])("refuses %j with exit code 2", async (args, message) => {
    const ended = await runHere(args);
    expect(ended).toMatchObject({ code: 2, stdout: "" });
    expect(ended.stderr).toContain(`error: ${message}`);
  });

  it("runs in the process that imports it, by its argv", async () => {
    const script = `process.argv.splice(1, 1, ${JSON.stringify(MAIN)}); await import(${JSON.stringify(MAIN)});`;
    await using cli = new RunningCli(process.execPath, [
      "--input-type=module",
      "-e",
      script,
      "-",
      "nonsense",
    ]);
    expect(await cli.ended()).toMatchObject({ code: 2 });
  });
});

describe("rtmsg, without a broker", () => {
  it.each([["produce", "newtopic", "1"], ["subscribe", "newtopic"], ["topics"]])(
    "says what to try and exits with 3: %s",
    async (...args) => {
      const server = await startTestServer();
      await server.close();
      vi.stubEnv("RTMSG_URL", server.url);
      const ended = await runHere(args);
      expect(ended).toEqual({
        code: 3,
        stdout: "",
        stderr: `error: No broker answers at ${server.url} (connection refused): start one with "rtmsg serve", or name another with --url or RTMSG_URL\n`,
      });
    },
  );

  it("says that what answers is no broker", async () => {
    const other = createServer((_request, response) => response.end("hello")).listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    const { port } = other.address() as AddressInfo;
    const ended = await runHere(["topics", "--url", `ws://127.0.0.1:${port}`]);
    other.close();
    expect(ended).toMatchObject({ code: 3, stdout: "" });
    expect(ended.stderr).toContain(`What answers at ws://127.0.0.1:${port} is no rtmsg broker`);
  });

  it.each(["ws", "http"])("takes a %s address, with or without a slash", async (protocol) => {
    await using server = await startTestServer();
    const url = `${server.url.replace("http", protocol)}/`;
    expect((await runHere(["produce", "newtopic", "1", "--url", url])).code).toBe(0);
  });

  it("takes an address without http://", async () => {
    await using server = await startTestServer();
    expect((await runHere(["topics", "--url", new URL(server.url).host])).code).toBe(0);
  });
});
