import { defineTopics } from "@rtmsg/server";
import { startTestServer, type TestServer } from "@rtmsg/server/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { runCli } from "./support/cli.js";
import { runHere } from "./support/run-here.js";

describe("rtmsg topics", () => {
  it("prints a table of what there is", async () => {
    await using server = await startTestServer({
      topics: defineTopics({ "orders.created": z.unknown(), "chat.*": z.unknown() }),
    });
    for (let n = 0; n < 1_200; n++) await server.broker.produce({ topic: "chat.en", data: n });
    const { code, stdout, stderr } = await runHere(["topics", "--url", server.url]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const [head, ...rows] = stdout.trimEnd().split("\n");
    expect(head?.split(/ {2,}/)).toEqual(["TOPIC", "EVENTS", "SIZE", "EARLIEST", "LATEST", "LAST EVENT"]);
    expect(rows).toHaveLength(2);
    expect(rows[0]?.split(/ {2,}/)).toEqual([
      "chat.en",
      "1,200",
      expect.stringMatching(/^\d+\.\d KB$/),
      "1",
      "1200",
      expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    ]);
    expect(rows[1]?.split(/ {2,}/)).toEqual(["orders.created", "0", "0 B", "-", "-", "-"]);
    // Columns line up.
    expect(rows[0]?.indexOf("1,200")).toBe((head?.indexOf("EVENTS") ?? 0) + 1);
  });

  it("prints topics as JSON, all pages of them, by prefix", async () => {
    await using server = await startTestServer();
    for (let n = 0; n < 1_001; n++) await server.broker.produce({ topic: `many.t${n}`, data: n });
    await server.broker.produce({ topic: "other", data: 1 });
    const { stdout } = await runHere(["topics", "--prefix", "many.", "--json", "--url", server.url]);
    const lines = stdout.trimEnd().split("\n");
    expect(lines).toHaveLength(1_001);
    expect(JSON.parse(lines[0]!)).toMatchObject({ topic: "many.t0", count: 1, schema: null });
  });

  it("says that there are none", async () => {
    await using server = await startTestServer();
    expect(await runHere(["topics", "--url", server.url])).toEqual({
      code: 0,
      stdout: "",
      stderr: "There are no such topics yet\n",
    });
  });
});

describe("rtmsg topics info, trim and delete", () => {
  async function withEvents(): Promise<TestServer> {
    const server = await startTestServer();
    for (let n = 0; n < 5; n++) await server.broker.produce({ topic: "newtopic", data: n });
    return server;
  }

  const offsetsOf = async ({ broker }: TestServer): Promise<number[]> =>
    (await broker.history({ topic: ">" })).events.map(({ offset }) => offset);

  it("says what is known of a topic", async () => {
    await using server = await withEvents();
    const { code, stdout } = await runHere(["topics", "info", "newtopic", "--url", server.url]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^topic {7}newtopic\nevents {6}5, \d+ B\noffsets {5}1 to 5\nlast event {2}\d{4}-/);
    const json = await runHere(["topics", "info", "newtopic", "--json", "--url", server.url]);
    expect(JSON.parse(json.stdout)).toMatchObject({ topic: "newtopic", count: 5, schema: null });
    const unknown = await runHere(["topics", "info", "other", "--url", server.url]);
    expect(unknown).toMatchObject({ code: 1, stdout: "" });
    expect(unknown.stderr).toContain("(TOPIC_UNKNOWN)");
  });

  it("trims and deletes with --yes", async () => {
    await using server = await withEvents();
    const trim = ["topics", "trim", "newtopic", "--before", "4", "--url", server.url];
    expect(await runHere([...trim, "--yes"])).toEqual({
      code: 0,
      stdout: "Removed 3 events of newtopic\n",
      stderr: "",
    });
    expect(await offsetsOf(server)).toEqual([4, 5]);
    const remove = ["topics", "delete", "newtopic", "--url", server.url];
    expect((await runHere([...remove, "-y"])).stdout).toBe("Removed newtopic with 2 events\n");
    expect(await offsetsOf(server)).toEqual([]);
    expect((await runHere(["topics", "--url", server.url])).stderr).toBe("There are no such topics yet\n");
  });

  it("removes nothing where nobody can be asked", async () => {
    await using server = await withEvents();
    for (const args of [["delete"], ["trim", "--before", "4"]]) {
      const { code, stdout, stderr } = await runCli(["topics", ...args, "newtopic", "--url", server.url]);
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toMatch(
        /^error: newtopic has 5 events of \d+ B: .*\? Nobody can be asked here: say --yes\n$/,
      );
    }
    expect(await offsetsOf(server)).toHaveLength(5);
    expect((await runHere(["topics", "trim", "newtopic", "--before", "x"])).code).toBe(2);
  });
});
