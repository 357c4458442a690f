import assert from "node:assert/strict";
import type { Engine, LogPage, PageLimits } from "../../../src/log/engine.js";
import { Selection } from "../../../src/log/selection.js";
import { storedSize, type StoredEvent } from "../../../src/log/stored-event.js";
import type { LogModel, ModelEvent, ModelTopic } from "./log-model.js";

const decoder = new TextDecoder();

/**
 * Compares a page with what the model says it may be; retention may have trimmed at any time.
 *
 * @param asked - what was read; `tail` is the log's end that the page must reach to be at the end
 */
export function checkPage(
  model: LogModel,
  page: LogPage,
  asked: { selection: string; after: number; limits: PageLimits; tail?: number },
): void {
  const { selection, after, limits, tail = model.tail } = asked;
  const { events, through, atTail, lastTrim } = page;
  assert.ok(through >= after);
  assert.ok(atTail || through > after, "a page leads no further");
  assert.ok(events.length <= Math.max(1, limits.maxEvents));
  const bytes = events.reduce((sum, event) => sum + storedSize(event), 0);
  assert.ok(events.length <= 1 || bytes <= limits.maxBytes);
  if (atTail) assert.ok(through >= tail, "a page says it is at the tail");
  const byOffset = new Map(events.map((event) => [event.offset, event]));
  assert.equal(byOffset.size, events.length);
  const matching = model.selected(selection);
  let newestPossible = 0;
  let newestCertain = 0;
  for (const topic of matching) {
    newestPossible = Math.max(newestPossible, model.maxMark(topic));
    newestCertain = Math.max(newestCertain, topic.mark);
    checkTopic(model, topic, byOffset, { after, through, lastTrim });
  }
  assert.equal(
    byOffset.size,
    0,
    `a page of ${selection} holds what is not of it: ${[...byOffset.keys()].join()}`,
  );
  if (newestPossible <= after) assert.equal(lastTrim, 0, "a page reports a trim that cannot be");
  if (newestCertain > after) assert.ok(lastTrim > 0, "a page does not report a trim");
  for (const [index, event] of events.entries()) {
    assert.ok(
      index === 0 || event.offset > (events[index - 1] as StoredEvent).offset,
      "a page is out of order",
    );
  }
}

/** Checks a topic's part of a page, and takes it out of the map. */
function checkTopic(
  model: LogModel,
  topic: ModelTopic,
  found: Map<number, StoredEvent>,
  page: { after: number; through: number; lastTrim: number },
): void {
  let hasBegun = false;
  for (const expected of topic.events) {
    if (expected.offset <= page.after || expected.offset > page.through) continue;
    const event = found.get(expected.offset);
    if (event === undefined) {
      assert.ok(!hasBegun, `offset ${expected.offset} is missing in the middle of "${topic.name}"`);
      assert.ok(expected.offset <= model.maxMark(topic), `offset ${expected.offset} is missing`);
      assert.ok(page.lastTrim > 0, `offset ${expected.offset} is missing without a report`);
      continue;
    }
    assert.ok(expected.offset > topic.mark, `offset ${expected.offset} was trimmed and is there`);
    hasBegun = true;
    checkEvent(event, expected);
    found.delete(expected.offset);
  }
}

function checkEvent(event: StoredEvent, expected: ModelEvent): void {
  assert.deepEqual(
    { topic: event.topic, time: event.time, id: event.id, text: decoder.decode(event.json) },
    { topic: expected.topic, time: expected.time, id: expected.id, text: expected.text },
  );
}

/** Compares what an engine says of every topic with the model, and takes over how far it has trimmed. */
export async function checkTopics(model: LogModel, engine: Engine): Promise<void> {
  const { topics, more } = await engine.topics({ prefix: "", after: "", limit: 1_000 });
  assert.equal(more, false);
  assert.deepEqual(
    topics.map(({ topic }) => topic),
    [...model.topics.keys()].toSorted(),
  );
  for (const state of topics) {
    const topic = model.topics.get(state.topic) as ModelTopic;
    const { trimmedThrough } = state;
    assert.ok(trimmedThrough >= topic.mark, `the mark of "${topic.name}" went back from ${topic.mark}`);
    assert.ok(
      trimmedThrough <= model.maxMark(topic),
      `"${topic.name}" was trimmed too far, to ${trimmedThrough}`,
    );
    topic.mark = trimmedThrough;
    const last = topic.events.at(-1);
    const left = topic.events.filter(({ offset }) => offset > trimmedThrough);
    assert.deepEqual(state, {
      topic: topic.name,
      firstOffset: left[0]?.offset,
      lastOffset: last?.offset,
      lastTime: last?.time,
      count: left.length,
      bytes: left.reduce((sum, { size }) => sum + size, 0),
      trimmedThrough,
    });
  }
}

/** Reads a selection from a position to the end, page by page, and checks each page. */
export async function readThrough(
  model: LogModel,
  engine: Engine,
  asked: { selection: string; after: number; limits: PageLimits },
): Promise<number[]> {
  const selection = new Selection(asked.selection);
  const offsets: number[] = [];
  for (let position = asked.after; ;) {
    const page = await engine.read(selection, position, asked.limits);
    checkPage(model, page, { ...asked, after: position });
    offsets.push(...page.events.map(({ offset }) => offset));
    position = page.through;
    if (page.atTail) return offsets;
  }
}
