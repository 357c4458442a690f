import { readFileSync } from "node:fs";
import { natsEngine } from "@rtmsg/server/nats";
import { startTestServer } from "@rtmsg/server/testing";
import { describe, expect, it } from "vitest";
import { freePort, hasNats, startNats } from "../../server/test/support/nats-server.js";
import { runCli, startCli } from "./support/cli.js";
import { runHere } from "./support/run-here.js";
import { tempFolder } from "./support/temp-folder.js";

const page = readFileSync(new URL("../../../docs/scaling.md", import.meta.url), "utf8");

/** The arguments of a step in docs/scaling.md, with other ports than it has. */
function step(name: string, ports: Readonly<Record<string, number>>): string[] {
  const block = new RegExp(`^\`\`\`sh ${name}\\nrtmsg (.*)\\n\`\`\`$`, "m").exec(page)?.[1];
  if (block === undefined) throw new Error(`docs/scaling.md has no step "${name}"`);
  const adapted = block.replaceAll(/\b(4222|3030|3031)\b/g, (port) => String(ports[port]));
  return [...adapted.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
}

describe.runIf(hasNats)("docs/scaling.md, done as it says", () => {
  it(
    "has two brokers on one log; what watches at one that is killed goes on at the other, and back",
    { timeout: 120_000 },
    async () => {
      await using nats = await startNats();
      const ports = { 4222: nats.port, 3030: await freePort(), 3031: await freePort() };
      await using one = startCli(step("one", ports));
      await one.url();
      expect(one.stderr).toContain("single-replica");
      await using two = startCli(step("two", ports));
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
      const produceAt = (id: string, port: number): Promise<unknown> =>
        runCli(produce.map((text) => text.replace("o-1", id).replace(String(ports[3030]), String(port))));
      expect(await produceAt("o-2", ports[3030])).toMatchObject({ code: 0 });
      await watcher.printed(/o-2/);
      expect(watcher.stderr).toContain(`Going on at the broker at http://127.0.0.1:${ports[3030]}\n`);
      await using again = startCli(step("two", ports));
      await again.url();
      one.kill("SIGKILL");
      expect(await produceAt("o-3", ports[3031])).toMatchObject({ code: 0 });
      await watcher.printed(/o-3/);
      expect(watcher.stdout.match(/o-[23]/g)).toEqual(["o-2", "o-3"]);
    },
  );
});

describe.runIf(hasNats)("rtmsg with brokers on one log in NATS", () => {
  it("spreads a load test over their addresses, and finds nothing lost", async () => {
    await using nats = await startNats();
    const engine = natsEngine({ servers: nats.url });
    await using one = await startTestServer({ engine });
    await using two = await startTestServer({ engine });
    const url = `${one.url},${two.url}`;
    const amounts = ["--producers", "2", "--subscribers", "2", "--duration", "1"];
    const ended = await runHere(["bench", "--url", url, "--json", ...amounts]);
    expect(ended).toMatchObject({ code: 0 });
    expect(JSON.parse(ended.stdout)).toMatchObject({ url, lost: 0, doubled: 0, reordered: 0 });
    for (const server of [one, two]) {
      const { text } = await server.metrics();
      expect(text).toMatch(/^rtmsg_events_produced_total\{.*\} [1-9]/m);
    }
  });

  it("takes the events of a broker with a log of its own, with their times, ids and order, and none twice", async () => {
    await using nats = await startNats();
    await using folder = await tempFolder();
    const serve = ["serve", "--port", "0"];
    await using old = startCli([...serve, "--data", folder.path]);
    await using one = startCli([...serve, "--engine", nats.url]);
    await using two = startCli([...serve, "--engine", nats.url]);
    const [from, to, other] = [await old.url(), await one.url(), await two.url()];
    const lines = Array.from({ length: 1_500 }, (_, n) => JSON.stringify({ n, id: `id-${n}` }));
    const input = lines.join("\n");
    for (const topic of ["orders.created", "orders.paid"]) {
      const produced = await runCli(["produce", topic, "--id-field", "id", "--url", from], { input });
      expect(produced).toMatchObject({ code: 0 });
    }
    const exported = async (url: string): Promise<Record<string, unknown>[]> => {
      const { stdout } = await runCli(["export", "--url", url]);
      return stdout
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    };
    const { stdout: log } = await runCli(["export", "--url", from]);
    expect(await runCli(["import", "--url", to], { input: log })).toMatchObject({
      code: 0,
      stdout: "Imported 3,000 events\n",
    });
    const cursorless = (events: Record<string, unknown>[]) =>
      events.map((event) => ({ ...event, cursor: "" }));
    const before = await exported(from);
    expect(cursorless(await exported(other))).toEqual(cursorless(before));
    // At the other broker, too, nothing is stored twice, and an id that was imported lately is known.
    expect(await runCli(["import", "--url", other], { input: log })).toMatchObject({
      code: 0,
      stdout: "Imported 0 events; 3,000 events had been imported before\n",
    });
    const last = ["orders.paid", lines.at(-1) ?? "", "--id", "id-1499", "--json"];
    const again = await runCli(["produce", ...last, "--url", other]);
    expect(JSON.parse(again.stdout)).toMatchObject({ duplicate: true });
    // A cursor of the old log is a gap in the new one, which has another epoch.
    const cursor = String(before[9]?.["cursor"]);
    const resume = ["subscribe", "orders.*", "--from", cursor, "--until-now", "--json", "--url", to];
    expect((await runCli(resume)).stderr).toContain("(GAP)");
    const all = await runCli([...resume, "--on-gap", "earliest"]);
    expect(all.stdout.trimEnd().split("\n")).toHaveLength(3_000);
  });
});
