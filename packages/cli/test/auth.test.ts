import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runCli, startCli } from "./support/cli.js";
import { runHere } from "./support/run-here.js";
import { tempFolder } from "./support/temp-folder.js";

const OPEN_TO_ALL = ["serve", "--host", "0.0.0.0", "--port", "0", "--engine", "memory"];

describe("a broker with auth", () => {
  it("listens where others can reach it, and lets in who has a token of its file", async () => {
    await using folder = await tempFolder();
    const options = { cwd: folder.path };
    const made = await runCli(["token", "shop", "--produce", "orders.*"], options);
    expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^[\w-]{43}\n$/) as string });
    const reader = await runCli(["token", "reader", "--subscribe", "orders.>"], options);
    const file = readFileSync(join(folder.path, "tokens.json"), "utf8");
    expect(file).not.toContain(made.stdout.trim());
    writeFileSync(join(folder.path, "reader.token"), reader.stdout);

    await using broker = startCli([...OPEN_TO_ALL, "--auth-tokens", "tokens.json"], options);
    const url = (await broker.url()).replace("0.0.0.0", "127.0.0.1");
    await broker.printed(/^Clients are asked for a token of tokens\.json\.$/m);
    const as = (token: Record<string, string>) => ({ ...options, env: { RTMSG_URL: url, ...token } });
    const shop = as({ RTMSG_TOKEN: made.stdout.trim() });
    expect(await runCli(["produce", "orders.a", "1"], as({}))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("(UNAUTHENTICATED)") as string,
    });
    expect(await runCli(["produce", "orders.a", "1"], shop)).toMatchObject({ code: 0 });
    expect(await runCli(["produce", "users", "1"], shop)).toMatchObject({
      code: 1,
      stderr: 'error: "shop" may not produce to "users": ask who runs the broker for the right (FORBIDDEN)\n',
    });
    const read = ["subscribe", "orders.>", "--from", "earliest", "--until-now"];
    expect(await runCli(read, as({ RTMSG_TOKEN_FILE: "reader.token" }))).toMatchObject({
      code: 0,
      stdout: "1\n",
    });
    expect(broker.stdout + broker.stderr).not.toContain(made.stdout.trim());
  });

  it("says what is wrong with its options", async () => {
    await using folder = await tempFolder();
    const secret = join(folder.path, "secret");
    writeFileSync(secret, "short");
    const fails = async (...args: string[]): Promise<string> => {
      const { code, stderr } = await runHere([...OPEN_TO_ALL, ...args]);
      expect(code).not.toBe(0);
      return stderr;
    };
    expect(await fails("--auth-tokens", join(folder.path, "none"))).toContain("cannot be read");
    expect(await fails("--auth-jwt-secret-file", secret)).toContain("HS256 needs 32");
    expect(await fails("--auth-jwt-secret-file", secret, "--auth-tokens", "x")).toContain("use one of them");
    expect(await fails("--auth-jwt-issuer", "x")).toContain("need --auth-jwt-secret-file");
    expect(await fails("--tls-cert", secret)).toContain("--tls-cert and --tls-key go together");
    expect(await fails()).toContain("Refused to listen on 0.0.0.0");
  });

  it("speaks HTTPS with a certificate", async () => {
    await using folder = await tempFolder();
    const made = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"];
    execFileSync("openssl", [...made, "-keyout", "key.pem", "-out", "cert.pem"], {
      cwd: folder.path,
      stdio: "ignore",
    });
    const serve = [
      "serve",
      "--port",
      "0",
      "--engine",
      "memory",
      "--tls-cert",
      "cert.pem",
      "--tls-key",
      "key.pem",
    ];
    await using broker = startCli(serve, { cwd: folder.path });
    const url = await broker.url();
    expect(url).toMatch(/^https:/);
    // The certificate is trusted for this one command.
    const trust = { cwd: folder.path, env: { NODE_EXTRA_CA_CERTS: join(folder.path, "cert.pem") } };
    const named = url.replace("127.0.0.1", "localhost");
    const produced = await runCli(["produce", "t", '"over TLS"', "--url", named], trust);
    expect(produced).toMatchObject({ code: 0 });
    const read = ["subscribe", "t", "--from", "earliest", "--until-now", "--url", named];
    expect(await runCli(read, trust)).toMatchObject({ code: 0, stdout: "over TLS\n" });
  });
});

describe("rtmsg token", () => {
  it("adds nothing to a file that it cannot read, nor what would not be read", async () => {
    await using folder = await tempFolder();
    const file = join(folder.path, "tokens.json");
    expect((await runHere(["token", "a", "--file", file, "--produce", "a..b"])).stderr).toContain("produce");
    expect(() => readFileSync(file)).toThrow("ENOENT");
    writeFileSync(file, "{}");
    expect((await runHere(["token", "a", "--file", file])).stderr).toContain("is malformed");
    expect(readFileSync(file, "utf8")).toBe("{}");
  });
});
