import { defineTopics } from "@rtmsg/server";
import { startTestServer } from "@rtmsg/server/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";
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
