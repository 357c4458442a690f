import { describe, expect, it } from "vitest";
import { NatsLink } from "../../../src/engines/nats/link.js";
import { openStream } from "../../../src/engines/nats/open-stream.js";
import { TrimMarks } from "../../../src/engines/nats/trim-marks.js";
import { hasNats, startNats } from "../../support/nats-server.js";
import { until } from "../../support/until.js";
import { natsSettings, openNats, SETTINGS } from "./support/open-nats.js";

const NEVER_MS = 2 ** 30;

/** Marks events as trimmed, as a node does that ends before it removes them. */
async function mark(url: string, topic: string, through: number, time: number): Promise<void> {
  const settings = natsSettings(url);
  const link = await NatsLink.open(settings);
  const { stream, config } = await openStream(link, settings, 120_000);
  const marks = await TrimMarks.open(link, stream, config);
  await marks.save(topic, through, time);
  marks.close();
  await link.close();
}

describe.runIf(hasNats)("events that are marked as trimmed, and are there still", () => {
  it("are not counted, and are removed without others in their stead", async () => {
    await using nats = await startNats();
    const first = await openNats(nats.url, SETTINGS, { sweepMs: NEVER_MS });
    const entries = [1, 2, 3, 4, 5].map((n) => ({ topic: "t", json: new TextEncoder().encode(`${n}`) }));
    const [outcome] = await first.append(entries);
    await mark(nats.url, "t", 3, outcome?.ok === true ? outcome.time : 0);
    await until(async () => (await first.topic("t"))?.trimmedThrough === 3, "the mark is known");
    expect(await first.topic("t")).toMatchObject({ firstOffset: 4, count: 2 });
    await first.close();
    const kept = { ...SETTINGS, retentionOf: () => ({ maxEvents: 2 }) };
    const second = await openNats(nats.url, kept, { sweepMs: 10 });
    await until(async () => (await second.usage()).events === 2, "they are removed");
    expect(await second.topic("t")).toMatchObject({ firstOffset: 4, count: 2, trimmedThrough: 3 });
    await second.append([{ topic: "t", json: new TextEncoder().encode("6") }]);
    await until(async () => (await second.topic("t"))?.trimmedThrough === 4, "retention goes on");
    expect(await second.topic("t")).toMatchObject({ firstOffset: 5, count: 2 });
    await second.close();
  });
});
