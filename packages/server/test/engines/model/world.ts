import assert from "node:assert/strict";
import type { AppendOutcome } from "../../../src/log/engine.js";
import type { Retention } from "../../../src/protocol/topic-info.js";
import { isRtmsgError } from "../../../src/protocol/error.js";
import { until } from "../../../src/testing/engine/until.js";
import { checkTopics, readThrough } from "./check.js";
import { LogModel, type ModelEntry, type PlannedEntry } from "./log-model.js";
import type { Subscriber } from "./subscriber.js";
import { System, type Place, type SystemKind } from "./system.js";

/** The topics of the model's runs. */
export const TOPICS = ["a", "a.b", "a.c", "b", "b.c.d", "c", "d"] as const;
/** What is read and subscribed to. */
export const SELECTIONS = ["a", "a.b", "b.c.d", "c", "none", "a.*", "*", "b.>", ">"] as const;

const encoder = new TextEncoder();
const ALL = { maxEvents: 10_000, maxBytes: 10_000_000 };

/** The model and the real thing, side by side. */
export class World {
  readonly model: LogModel;
  readonly system: System;
  readonly subscribers: Subscriber[] = [];

  constructor(kind: SystemKind, place: Place, retention: Readonly<Record<string, Retention>>) {
    this.model = new LogModel({ windowMs: 400, maxTopics: 6, isShared: kind === "nats" });
    this.model.retention = retention;
    this.system = new System(kind, this.model, place);
  }

  /** Appends calls at the same time; returns a promise of their being answered as the model says. */
  append(calls: readonly (readonly ModelEntry[])[]): Promise<void> {
    const { model, system } = this;
    const planned = calls.map((entries) => entries.map((entry) => this.#plan(entry)));
    const answers = planned.map((entries) =>
      system.engine.append(
        entries.map(({ topic, text, id, expectedOffset }) => ({
          topic,
          json: encoder.encode(text),
          id,
          contentHash: id === undefined ? undefined : text,
          expectedOffset,
        })),
      ),
    );
    return Promise.allSettled(answers).then((results) => {
      for (const [call, entries] of planned.entries()) {
        const result = results[call] as (typeof results)[0];
        if (result.status === "rejected") {
          // Nothing of the call is stored.
          assert.ok(isRtmsgError(result.reason, "STORAGE_FULL"), String(result.reason));
          continue;
        }
        for (const [index, entry] of entries.entries()) {
          const outcome: AppendOutcome | undefined = result.value[index];
          assert.ok(outcome);
          const wrong = model.append(entry, outcome);
          assert.equal(wrong, undefined, `${JSON.stringify(entry)} was answered ${JSON.stringify(outcome)}`);
        }
      }
    });
  }

  /** Trims a topic through an offset. */
  async trim(name: string, through: number): Promise<void> {
    const isDone = await this.system.engine.trim(name, through).then(
      () => true,
      (error: unknown) => !isRtmsgError(error, "STORAGE_FULL"),
    );
    this.model.trim(name, through, isDone);
  }

  /** Closes in order and opens again. */
  async reopen(retention?: Readonly<Record<string, Retention>>): Promise<void> {
    const { model, system, subscribers } = this;
    if (retention !== undefined) await this.settle();
    await checkTopics(model, system.engine);
    system.failures = 0;
    for (const topic of model.topics.values()) topic.savedMark = topic.mark;
    if (retention !== undefined) model.retention = retention;
    const { epoch } = system.engine;
    await system.broker.close();
    for (const subscriber of subscribers) await subscriber.leave();
    await system.open();
    if (system.isPersistent) assert.equal(system.engine.epoch, epoch);
    else model.clear();
    for (const subscriber of subscribers) subscriber.resume(system.broker);
    assert.equal(await system.engine.tail(), model.tail);
  }

  /** Crashes while calls are being appended. */
  async crash(calls: readonly (readonly ModelEntry[])[]): Promise<void> {
    const { model, system, subscribers } = this;
    if (!system.isPersistent) return;
    const acknowledged = model.tail;
    const { epoch } = system.engine;
    const appended = this.append(calls);
    await Promise.all([appended, system.snapshot()]);
    for (const subscriber of subscribers) subscriber.drop();
    await system.openSnapshot();
    assert.equal(system.engine.epoch, epoch);
    const tail = await system.engine.tail();
    assert.ok(tail >= acknowledged, `the log ends at ${tail}, and ${acknowledged} was acknowledged`);
    model.rollBack(tail);
    assert.equal(model.tail, tail);
    for (const topic of model.topics.values()) topic.mark = topic.savedMark;
    for (const subscriber of subscribers) subscriber.resume(system.broker);
  }

  /** Waits until retention has trimmed all that it should. */
  async settle(): Promise<void> {
    const { model, system } = this;
    system.failures = 0;
    const { latest } = model;
    // What the clock says now must go; what it said before it went back may have gone.
    model.latest = model.now;
    const due = new Map([...model.topics.values()].map((topic) => [topic.name, model.dueMark(topic)]));
    model.latest = latest;
    await until(async () => {
      for (const [name, mark] of due) {
        if (((await system.engine.topic(name))?.trimmedThrough ?? 0) < mark) return false;
      }
      return true;
    }, "retention has trimmed what it should");
    await checkTopics(model, system.engine);
  }

  /** Compares everything. */
  async compare(): Promise<void> {
    const { model, system } = this;
    assert.equal(await system.engine.tail(), model.tail);
    await checkTopics(model, system.engine);
    for (const selection of SELECTIONS) {
      await readThrough(model, system.engine, { selection, after: 0, limits: ALL });
    }
  }

  async finish(): Promise<void> {
    await this.settle();
    await this.compare();
    for (const subscriber of this.subscribers) await subscriber.finish();
  }

  #plan(entry: ModelEntry): PlannedEntry {
    const { topic, expected } = entry;
    if (expected === undefined) return { ...entry, expectedOffset: undefined };
    return { ...entry, expectedOffset: Math.max(0, this.model.lastOffsetOf(topic) + expected) };
  }
}
