import assert from "node:assert/strict";
import type { EngineLog, EntryDraft } from "./engine-log.js";
import type { ThemeContext } from "./theme.js";

const encoder = new TextEncoder();

/** Events as they come back: everything that was given, byte for byte. */
export function dataCases({ test, isPersistent }: ThemeContext): void {
  const check = async (log: EngineLog, drafts: readonly EntryDraft[]): Promise<void> => {
    for (const selection of [">", ...new Set(drafts.map(({ topic }) => topic))]) {
      const events = await log.read(selection);
      const expected = drafts.filter(({ topic }) => selection === ">" || topic === selection);
      assert.equal(events.length, expected.length);
      for (const [index, { topic, value = null, id, key, headers, meta }] of expected.entries()) {
        const event = events[index];
        assert.ok(event);
        assert.equal(event.topic, topic);
        assert.equal(event.id, id);
        assert.equal(event.key, key);
        assert.deepEqual(event.headers && Object.entries(event.headers), headers && Object.entries(headers));
        assert.equal(Buffer.compare(event.json, encoder.encode(JSON.stringify(value))), 0);
        assert.deepEqual(event.meta && [...event.meta], meta && [...meta]);
      }
    }
  };

  const roundTrip = async (log: EngineLog, drafts: readonly EntryDraft[]): Promise<void> => {
    await log.append(...drafts);
    await check(log, drafts);
    if (!isPersistent) return;
    await log.reopen();
    await check(log, drafts);
  };

  test("gives back every part of an event", (log) =>
    roundTrip(log, [
      { topic: "a", value: { b: [1, "two", null] } },
      { topic: "a", id: "only id" },
      { topic: "a", key: "only key" },
      { topic: "a", headers: { only: "headers" } },
      { topic: "a", meta: encoder.encode('{"v":["Date"]}') },
      {
        topic: "a",
        value: "all",
        id: "i",
        key: "k",
        headers: { h: "1", i: "2" },
        meta: encoder.encode('{"values":{}}'),
      },
      { topic: "a", key: "", headers: {}, meta: new Uint8Array() },
    ]));

  test("gives back unusual texts", (log) =>
    roundTrip(log, [
      {
        topic: "a",
        value: "日本語 😀 \u0000 \u2028",
        id: "ключ",
        key: "\u0000\u001f",
        headers: { "": "", ü: "\r\n" },
      },
      {
        topic: "a",
        key: "k".repeat(255),
        id: "😀".repeat(127),
        headers: { ["h".repeat(4_000)]: "v".repeat(4_000) },
      },
      {
        topic: "a",
        headers: JSON.parse('{"__proto__":"x","constructor":"y","1":"z"}') as Record<string, string>,
      },
      { topic: "a.b-c_d~e.0", value: "" },
      { topic: `${"t".repeat(127)}.${"u".repeat(127)}`, value: [] },
    ]));

  test("keeps events of a megabyte between small ones", async (log) => {
    const large = "z".repeat(1_048_570);
    const drafts: EntryDraft[] = [];
    for (let index = 0; index < 3; index++) {
      drafts.push({ topic: "small", value: index }, { topic: "large", value: `${index}${large}` });
    }
    await roundTrip(log, drafts);
    const sizes: number[] = [];
    for (let position = 0, atTail = false; !atTail;) {
      const page = await log.page(">", position, { maxEvents: 100, maxBytes: 262_144 });
      sizes.push(page.events.length);
      ({ through: position, atTail } = page);
    }
    assert.ok(Math.max(...sizes) <= 2);
  });

  test("keeps one call of very many events", async (log) => {
    const offsets = await log.fill("a", 12_000);
    assert.deepEqual(await log.offsets("a"), offsets);
    assert.equal(await log.count("a"), 12_000);
    assert.deepEqual(await log.offsets("a", await log.positionOfLast("a", 3)), offsets.slice(-3));
  });

  test("takes bytes that lie anywhere in a larger buffer", async (log) => {
    const buffer = encoder.encode('....{"a":1}....');
    await log.engine.append([{ topic: "a", json: buffer.subarray(4, 11), meta: buffer.subarray(4, 6) }]);
    const [event] = await log.read("a");
    assert.equal(new TextDecoder().decode(event?.json), '{"a":1}');
    assert.equal(new TextDecoder().decode(event?.meta), '{"');
  });
}
