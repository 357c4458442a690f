import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { freePort, hasNats } from "../../../server/test/support/nats-server.js";
import { readBlocks } from "./markdown.js";
import { Shell, type RunningCommand } from "./shell.js";
import { makeSite } from "./site.js";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const blocks = readBlocks(readFileSync(join(root, "README.md"), "utf8"));
const TIMEOUT_MS = 120_000;

/** The commands of a block: one a line. */
function commands(info: string): string[] {
  const lines = blocks
    .filter((block) => block.info === `nats ${info}`)
    .flatMap(({ text }) => text.split("\n"));
  return lines.filter((line) => line !== "");
}

const printed = (running: RunningCommand, pattern: RegExp): Promise<void> =>
  expect.poll(() => running.stdout + running.stderr, { timeout: TIMEOUT_MS }).toMatch(pattern);

describe.runIf(hasNats)("README.md, When you outgrow one machine", () => {
  it(
    "has two brokers on one log; what watches at one that is killed moves to the other",
    { timeout: TIMEOUT_MS },
    async () => {
      await using site = await makeSite(root);
      await using shell = new Shell(site.clone, {});
      const ports = { 4222: await freePort(), 3030: await freePort(), 3031: await freePort() };
      const adapted = (text: string): string =>
        text.replaceAll(/\b(4222|3030|3031)\b/g, (port) =>
          String(ports[port as unknown as keyof typeof ports]),
        );

      // The only liberties: the ports and the store, which others may be using.
      const [server = ""] = commands("server");
      const nats = shell.start(
        `exec ${server} --port ${ports[4222]} --store_dir "${join(site.path, "store")}"`,
      );
      await printed(nats, /Server is ready/);
      const brokers: RunningCommand[] = [];
      for (const line of commands("broker")) {
        const broker = shell.start(`exec ${adapted(line)}`);
        await printed(broker, /^Broker server running at http:/m);
        brokers.push(broker);
      }
      const [watch = ""] = commands("watch");
      const [produce = ""] = commands("produce");
      const watcher = shell.start(`exec ${adapted(watch)}`);
      const produceText = async (text: string): Promise<void> => {
        const command = adapted(produce).replace("From one to the other", text);
        expect(await shell.run(command)).toMatchObject({ code: 0 });
      };
      // Whether it watches already is seen only by an event that comes.
      await expect
        .poll(
          async () => {
            await produceText("From one to the other");
            return watcher.stdout;
          },
          { timeout: TIMEOUT_MS, interval: 500 },
        )
        .toMatch(/^From one to the other$/m);

      brokers[1]?.signal("SIGKILL");
      await brokers[1]?.finished;
      await produceText("while it moves");
      await printed(watcher, /^Going on at the broker at http:\/\/localhost:/m);
      await printed(watcher, /^while it moves$/m);
      await produceText("there");
      await printed(watcher, /^there$/m);
      expect(watcher.stdout.match(/^(while it moves|there)$/gm)).toEqual(["while it moves", "there"]);
    },
  );
});
