import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { Command } from "commander";
import { CliError } from "../cli-error.js";
import { stdout } from "../io/output.js";

interface TokenFlags {
  readonly file: string;
  readonly produce: readonly string[];
  readonly subscribe: readonly string[];
  readonly admin?: boolean;
  readonly expires?: string;
}

const TOKEN_BYTES = 32;

/** `rtmsg token`. */
export function tokenCommand(): Command {
  return new Command("token")
    .description("Make a token, print it once, and add its hash to a file for rtmsg serve --auth-tokens.")
    .argument("<label>", "what logs call who has it")
    .option("--file <file>", "the file with the hashes", "tokens.json")
    .option("--produce <topic...>", "topics and patterns that it may produce to", [])
    .option("--subscribe <topic...>", "topics and patterns that it may subscribe to", [])
    .option("--admin", "whether it may administer the broker, and see every topic")
    .option("--expires <time>", "when it ends, an ISO time such as 2030-01-01T00:00:00Z")
    .addHelpText(
      "after",
      `
A running broker reads the file again when it changes. Taking a token out of it
closes its connections.

Examples:
  rtmsg token shop --produce 'orders.*'
  rtmsg token dashboard --subscribe 'orders.>' > dashboard.token
  RTMSG_TOKEN_FILE=dashboard.token rtmsg subscribe 'orders.>'`,
    )
    .action(makeToken);
}

async function makeToken(label: string, flags: TokenFlags): Promise<void> {
  const { hashToken, tokenAuth } = await import("@rtmsg/server");
  const { file, produce, subscribe, admin = false, expires } = flags;
  const isNew = !existsSync(file);
  // Checks what is there.
  if (!isNew) check(() => tokenAuth({ file }));
  const before = isNew ? { tokens: [] } : (JSON.parse(readFileSync(file, "utf8")) as { tokens: unknown[] });
  const token = randomBytes(TOKEN_BYTES).toString("base64url");
  const entry = {
    label,
    hash: hashToken(token),
    produce,
    subscribe,
    admin,
    ...(expires !== undefined && { expires }),
  };
  const text = `${JSON.stringify({ ...before, tokens: [...before.tokens, entry] }, null, 2)}\n`;
  const draft = `${file}.new`;
  writeFileSync(draft, text, { mode: 0o600 });
  check(() => tokenAuth({ file: draft }), draft);
  // At once: a broker that watches the file never sees half of it.
  renameSync(draft, file);
  await stdout.line(token);
}

function check(read: () => unknown, draft?: string): void {
  try {
    read();
  } catch (cause) {
    if (draft !== undefined) rmSync(draft, { force: true });
    throw new CliError((cause as Error).message, undefined, { cause });
  }
}
