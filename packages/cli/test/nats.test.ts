import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { freePort, hasNats, startNats } from "../../server/test/support/nats-server.js";
import { runCli, startCli } from "./support/cli.js";

const page = readFileSync(new URL("../../../docs/scaling.md", import.meta.url), "utf8");

/** The arguments of a step in docs/scaling.md, with other ports than it has. */
function step(name: string, ports: Readonly<Record<string, number>>): string[] {
  const block = new RegExp(`^\`\`\`sh ${name}\\nrtmsg (.*)\\n\`\`\`$`, "m").exec(page)?.[1];
  if (block === undefined) throw new Error(`docs/scaling.md has no step "${name}"`);
  const adapted = block.replaceAll(/\b(4222|3030|3031)\b/g, (port) => String(ports[port]));
  return [...adapted.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
}

describe.runIf(hasNats)("docs/scaling.md, done as it says", () => {
  it("has two brokers on one log, of which one may go and come", { timeout: 120_000 }, async () => {
    await using nats = await startNats();
    const ports = { 4222: nats.port, 3030: await freePort(), 3031: await freePort() };
    await using one = startCli(step("one", ports));
    await one.url();
    expect(one.stderr).toContain("single-replica");
    const two = startCli(step("two", ports));
    await two.url();
    await using watcher = startCli(step("watch", ports));
    const produce = step("produce", ports);
    // Whether it watches already is seen only by an event that comes.
    await expect
      .poll(
        async () => {
          expect(await runCli(produce)).toMatchObject({ code: 0 });
          return watcher.stdout;
        },
        { timeout: 60_000, interval: 500 },
      )
      .toContain("o-1");
    two.kill("SIGKILL");
    await two.ended();
    expect(await runCli(produce.map((text) => text.replace("o-1", "o-2")))).toMatchObject({ code: 0 });
    await using again = startCli(step("two", ports));
    await again.url();
    await watcher.printed(/o-2/);
    expect(watcher.stdout.match(/o-2/g)).toHaveLength(1);
  });
});
