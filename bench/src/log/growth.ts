import type { Row, Target } from "../harness/result.js";
import { runRounds, type Contestant, type Rates } from "../harness/rounds.js";
import { spreadOf } from "../harness/statistics.js";
import { Resources } from "../harness/resources.js";
import { Appender, fill, shuffled } from "./appender.js";
import { runChild } from "./child.js";
import { readerOf } from "./reads.js";
import { RtmsgLog } from "./rtmsg-log.js";
import { MANY_TOPICS, type Scale } from "./scale.js";

/** A topic beside the many, for what is done with one. */
const LONE_TOPIC = MANY_TOPICS;
/** Topics that a round reads an event of. */
const RANDOM_READS = 2_000;
/** What the log is called that the large one is compared with. */
const SMALL = "1 event in each";
const FOUR_FIFTHS: Target = { of: "ratio", is: "at least", bound: 0.8 };
const HALF: Target = { of: "ratio", is: "at least", bound: 0.5 };

/** Compares a large log with one that has a single event for each of the same topics. */
export async function benchGrowth(scale: Scale): Promise<Row[]> {
  await using resources = new Resources();
  const small = resources.folder();
  const large = resources.folder();
  const { progress, storedEvents: events } = scale;
  const topics = MANY_TOPICS;
  const filledSmall = await runChild({ task: "fill", path: small, topics, events: topics });
  const filledLarge = await runChild({ task: "fill", path: large, topics, events }, (count) =>
    progress.show(`growth: ${count.toLocaleString("en")} events of ${events.toLocaleString("en")} stored`),
  );
  const group = `${events.toLocaleString("en")} events in ${topics.toLocaleString("en")} topics, and 1 event in each`;
  const starts = await measureStarts(small, large, group, scale);
  const memory = (what: string, of: number, other: number): Row => ({
    group,
    what,
    value: of,
    other: SMALL,
    otherValue: other,
    unit: "MB",
    ratio: spreadOf([of / other]),
    target: { of: "ratio", is: "at most", bound: 1.2 },
  });
  return [
    ...(await measureRates(small, large, group, scale)),
    ...starts.rows,
    memory("anonymous memory after a start", starts.largeMB, starts.smallMB),
    memory("anonymous memory after appending them", filledLarge.anonMB, filledSmall.anonMB),
  ];
}

async function measureStarts(
  small: string,
  large: string,
  group: string,
  { starts, progress }: Scale,
): Promise<{ rows: Row[]; smallMB: number; largeMB: number }> {
  const rows: Row[] = [];
  let memory = { smallMB: 0, largeMB: 0 };
  // After the kill first: a start that is closed in order leaves nothing to find again.
  for (const isKilled of [true, false]) {
    const what = isKilled ? "start after a kill" : "start after a close";
    if (!isKilled) for (const path of [small, large]) await runChild({ task: "start", path, isKilled });
    const smalls: number[] = [];
    const larges: number[] = [];
    for (let index = 0; index < starts; index++) {
      progress.show(`growth: ${what}, ${index + 1} of ${starts}`);
      const ofSmall = await runChild({ task: "start", path: small, isKilled });
      const ofLarge = await runChild({ task: "start", path: large, isKilled });
      smalls.push(ofSmall.openMs);
      larges.push(ofLarge.openMs);
      memory = { smallMB: ofSmall.anonMB, largeMB: ofLarge.anonMB };
    }
    rows.push({
      group,
      what,
      value: spreadOf(larges).median,
      other: SMALL,
      otherValue: spreadOf(smalls).median,
      unit: "ms",
      ratio: spreadOf(larges.map((ms, index) => ms / (smalls[index] as number))),
      target: { of: "value", is: "at most", bound: 2_000 },
    });
  }
  return { rows, ...memory };
}

async function measureRates(small: string, large: string, group: string, scale: Scale): Promise<Row[]> {
  await using logs = new Resources();
  const open = async (path: string): Promise<RtmsgLog> =>
    logs.keep(await RtmsgLog.open(path, MANY_TOPICS + 1));
  const pair: readonly [RtmsgLog, RtmsgLog] = [await open(small), await open(large)];
  const [, largeLog] = pair;
  const { readEvents } = scale;
  const tail = await largeLog.tail();
  const many = shuffled(MANY_TOPICS);
  const appender = (topics: readonly number[]) => (log: RtmsgLog, name: string) =>
    new Appender(name, log, { producers: 256, batch: 1, topics, roundMs: scale.roundMs });
  const compare = async (what: string, contestant: (log: RtmsgLog, name: string) => Contestant) => {
    const [ofSmall, ofLarge] = pair;
    const contestants = [contestant(ofSmall, SMALL), contestant(ofLarge, what)];
    const rates = await runRounds(contestants, { ...scale, label: `growth, ${what}` });
    return rowOf(group, what, rates);
  };
  const random = (log: RtmsgLog, name: string): Contestant =>
    readerOf(name, RANDOM_READS, () => readRandom(log, many, log === largeLog ? tail * 0.9 : 0));
  const pattern = (log: RtmsgLog, name: string): Contestant => {
    const after = log === largeLog ? Math.floor(tail / 2) : 0;
    return readerOf(name, MANY_TOPICS, () => log.readAll(after, MANY_TOPICS));
  };
  const lone = (log: RtmsgLog, name: string): Contestant =>
    readerOf(name, readEvents, () => log.readTopic(LONE_TOPIC, 0, readEvents));

  const rows: Row[] = [];
  rows.push(await compare("read 1 event of a random topic", random));
  rows.push(await compare("read by a pattern, in the middle", pattern));
  rows.push(await compare("append, 100,000 topics", appender(many)));
  rows.push(await compare("append, 1 topic", appender([LONE_TOPIC])));
  for (const log of pair) await fill(log, [LONE_TOPIC], readEvents);
  rows.push(await compare("read 1 topic", lone));
  const names = ["read by a pattern, 100,000 topics", "read 1 topic"] as const;
  const rates = await runRounds([pattern(largeLog, names[0]), lone(largeLog, names[1])], {
    ...scale,
    label: "growth, pattern and topic",
  });
  rows.push({
    group,
    what: names[0],
    value: rates.of(names[0]).median,
    other: names[1],
    otherValue: rates.of(names[1]).median,
    unit: "/s",
    ratio: rates.ratio(...names),
    target: HALF,
  });
  return rows;
}

function rowOf(group: string, what: string, rates: Rates): Row {
  return {
    group,
    what,
    value: rates.of(what).median,
    other: SMALL,
    otherValue: rates.of(SMALL).median,
    unit: "/s",
    ratio: rates.ratio(what, SMALL),
    target: FOUR_FIFTHS,
  };
}

async function readRandom(log: RtmsgLog, topics: readonly number[], below: number): Promise<number> {
  let count = 0;
  for (let index = 0; index < RANDOM_READS; index++) {
    const topic = topics[Math.floor(Math.random() * topics.length)] as number;
    count += await log.readTopic(topic, Math.floor(Math.random() * below), 1);
  }
  return count;
}
