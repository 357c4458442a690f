import assert from "node:assert/strict";
import fc from "fast-check";
import { Selection } from "../../../src/log/selection.js";
import type { Retention } from "../../../src/protocol/topic-info.js";
import { checkPage, checkTopics, readThrough } from "./check.js";
import type { ModelEntry } from "./log-model.js";
import { Subscriber } from "./subscriber.js";
import { SELECTIONS, TOPICS, type World } from "./world.js";

type Command = fc.AsyncCommand<object, World>;

/** A command of a name, whose run may fail. */
function command(text: string, run: (world: World) => Promise<void>): Command {
  return { check: () => true, run: (_model, world) => run(world), toString: () => text };
}

const topic = fc.constantFrom(...TOPICS);
const selection = fc.constantFrom(...SELECTIONS);
const limits = fc.record({
  maxEvents: fc.constantFrom(1, 2, 5, 1_000),
  maxBytes: fc.constantFrom(1, 150, 600, 1_000_000),
});

const entry: fc.Arbitrary<ModelEntry> = fc.record({
  topic,
  text: fc
    .tuple(fc.constantFrom("x", "y"), fc.constantFrom(0, 3, 40, 200, 700))
    .map(([letter, length]) => JSON.stringify(letter.repeat(length))),
  id: fc.option(fc.constantFrom("i", "j", "k", "l"), { nil: undefined, freq: 2 }),
  expected: fc.option(fc.constantFrom(0, 0, 0, 1, -1), { nil: undefined, freq: 4 }),
});
const calls = fc.array(fc.array(entry, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 4 });

const oneRetention: fc.Arbitrary<Retention> = fc.oneof(
  fc.constantFrom(1, 3, 6).map((maxEvents) => ({ maxEvents })),
  fc.constantFrom(300, 900).map((maxBytes) => ({ maxBytes })),
  fc.constantFrom(100, 500).map((maxAge) => ({ maxAge })),
  fc.constant({ maxEvents: 4, maxBytes: 600, maxAge: 300 }),
);
/** What is kept of some of the topics. */
export const retention = fc.dictionary(topic, oneRetention, { maxKeys: 3, noNullPrototype: true });

const show = (value: unknown): string => fc.stringify(value);

/** Calls in short: the topic, how many of which letter, the id, the expectation. */
function shortly(given: readonly (readonly ModelEntry[])[]): string {
  const entryText = ({ topic: name, text, id, expected }: ModelEntry): string =>
    `${name}:${text.length - 2}${text[1] ?? ""}${id === undefined ? "" : `#${id}`}${expected === undefined ? "" : `@${expected}`}`;
  return given.map((entries) => `(${entries.map(entryText).join(" ")})`).join("");
}

const append = calls.map((given) => command(`append ${shortly(given)}`, (world) => world.append(given)));

const appendWhileReading = fc
  .tuple(calls, selection, limits, fc.nat(100))
  .map(([given, text, size, percent]) =>
    command(`append ${shortly(given)} and read ${text} from ${percent} % by ${show(size)}`, async (world) => {
      const { model, system } = world;
      const tail = model.tail;
      const after = Math.floor((tail * percent) / 100);
      const asked = { selection: text, after, limits: size, tail };
      const appended = world.append(given);
      const first = system.engine.read(new Selection(text), after, size);
      await new Promise(setImmediate);
      const second = system.engine.read(new Selection(text), after, size);
      await appended;
      checkPage(model, await first, asked);
      checkPage(model, await second, asked);
    }),
  );

const appendWhileTrimming = fc.tuple(calls, topic, fc.nat(120)).map(([given, name, percent]) =>
  command(`append ${shortly(given)} and trim ${name} to ${percent} %`, async (world) => {
    const through = Math.floor((world.model.tail * percent) / 100);
    const appended = world.append(given);
    // What is being appended has no offset yet, and is not trimmed; if it has, it lies past the end.
    const trimmed = world.trim(name, Math.min(through, world.model.tail));
    await Promise.all([appended, trimmed]);
  }),
);

const trim = fc.tuple(topic, fc.nat(120)).map(([name, percent]) =>
  command(`trim ${name} to ${percent} %`, async (world) => {
    await world.trim(name, Math.floor((world.model.tail * percent) / 100));
    await checkTopics(world.model, world.system.engine);
  }),
);

const read = fc.tuple(selection, fc.nat(105), limits).map(([text, percent, size]) =>
  command(`read ${text} from ${percent} % by ${show(size)}`, async (world) => {
    const after = Math.floor((world.model.tail * percent) / 100);
    await readThrough(world.model, world.system.engine, { selection: text, after, limits: size });
  }),
);

const positions = fc.tuple(selection, fc.nat(30), fc.nat(100)).map(([text, count, percent]) =>
  command(`find the last ${count} of ${text}, and its time at ${percent} %`, async (world) => {
    const { model, system } = world;
    await world.settle();
    const { now } = model;
    const selected = new Selection(text);
    const asked = { selection: text, limits: { maxEvents: 7, maxBytes: 10_000 } };
    const all = await readThrough(model, system.engine, { ...asked, after: 0 });
    const last = await system.engine.positionOfLast(selected, count);
    const found = await readThrough(model, system.engine, { ...asked, after: last });
    assert.deepEqual(found, count === 0 ? [] : all.slice(-count));
    const time = model.events[Math.floor((model.events.length * percent) / 101)]?.time ?? now;
    const position = await system.engine.positionAtTime(selected, time);
    const times = new Map(model.events.map((event) => [event.offset, event.time]));
    const since = await readThrough(model, system.engine, { ...asked, after: position });
    assert.deepEqual(
      since,
      all.filter((offset) => (times.get(offset) ?? 0) >= time),
    );
  }),
);

const clock = fc.constantFrom(1, 50, 150, 450, -200).map((step) =>
  command(`clock ${step}`, (world) => {
    world.model.setClock(world.model.now + step);
    return Promise.resolve();
  }),
);

const subscribe = fc
  .tuple(selection, fc.constantFrom("latest", "earliest", "last", "time", "offset"), fc.nat(100))
  .map(([text, kind, percent]) =>
    command(`subscribe to ${text} from ${kind} ${percent}`, (world) => {
      const { model, system, subscribers } = world;
      if (subscribers.length >= 4) return Promise.resolve();
      const from =
        kind === "latest" || kind === "earliest"
          ? kind
          : kind === "last"
            ? { last: percent % 10 }
            : kind === "time"
              ? { time: model.now - percent }
              : { offset: Math.floor((model.tail * percent) / 100) };
      subscribers.push(new Subscriber(system.broker, model, text, from));
      return Promise.resolve();
    }),
  );

const pull = fc
  .tuple(fc.nat(3), fc.constantFrom(1, 3, 50))
  .map(([index, count]) =>
    command(`pull ${count} for ${index}`, async (world) => world.subscribers[index]?.pull(count)),
  );

const settle = fc.constant(command("settle", (world) => world.settle()));
const compare = fc.constant(command("compare", (world) => world.compare()));
const fail = fc.nat(6).map((count) =>
  command(`fail the next ${count} writes`, (world) => {
    world.system.failures = count;
    return Promise.resolve();
  }),
);
const reopen = fc
  .option(retention, { nil: undefined, freq: 2 })
  .map((changed) => command(`reopen ${show(changed)}`, (world) => world.reopen(changed)));
const crash = fc
  .oneof(fc.constant([]), calls)
  .map((given) => command(`crash during ${shortly(given)}`, (world) => world.crash(given)));

/** The commands of a run, in the share that each is to have. */
export const allCommands: fc.Arbitrary<Command>[] = [
  append,
  append,
  append,
  appendWhileReading,
  appendWhileTrimming,
  trim,
  read,
  positions,
  clock,
  subscribe,
  pull,
  pull,
  settle,
  compare,
  fail,
  reopen,
  crash,
  crash,
];
