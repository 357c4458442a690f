import { startTestServer } from "@rtmsg/server/testing";
import { describe, expect, it } from "vitest";
import { runHere } from "./support/run-here.js";

/** An address where nothing answers any more. */
async function gone(): Promise<string> {
  const server = await startTestServer();
  await server.close();
  return server.url;
}

describe("rtmsg with the addresses of several brokers", () => {
  it("takes the first where a broker answers, and says nothing of the others", async () => {
    await using server = await startTestServer();
    const urls = `${await gone()}, ${server.url}`;
    expect(await runHere(["produce", "a", "1", "--url", urls])).toMatchObject({ code: 0, stderr: "" });
    const events = await server.broker.history({ topic: "a" });
    expect(events.events.map(({ data }) => data)).toEqual([1]);
  });

  it("says of each why no broker answers there", async () => {
    const [one, two] = [await gone(), await gone()];
    const ended = await runHere(["topics", "--url", `${one},${two}`]);
    expect(ended).toMatchObject({ code: 3, stdout: "" });
    for (const url of [one, two]) {
      expect(ended.stderr).toContain(`No broker answers at ${url} (connection refused)`);
    }
  });
});
