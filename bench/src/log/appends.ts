import type { Row, Target } from "../harness/result.js";
import { runRounds, type Rates } from "../harness/rounds.js";
import { Resources } from "../harness/resources.js";
import { AppendFile } from "./append-file.js";
import { Appender, fill, shuffled, type AppendLoad, type AppendLog } from "./appender.js";
import { RawLmdb } from "./raw-lmdb.js";
import { RtmsgLog } from "./rtmsg-log.js";
import { MANY_TOPICS, type Scale } from "./scale.js";

const GROUP = "Durable appends of 200 bytes";
const RAW = "raw lmdb";
const RAW_BY_TOPIC = "raw lmdb, keys by topic, 100,000 topics";
const FILE = "append-only file";
const TOPIC_COUNTS = [1, 100, MANY_TOPICS];

/** How the appends come: one by one from many producers, or in batches from a few. */
const WAYS = [
  { what: "256 producers", producers: 256, batch: 1 },
  { what: "8 producers, batches of 1,000", producers: 8, batch: 1_000 },
];

/** Compares durable appends. */
export async function benchAppends(scale: Scale): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { what, producers, batch } of WAYS) {
    const load = { producers, batch, roundMs: scale.roundMs };
    rows.push(...rowsOf(what, await measure(what, load, scale)));
  }
  return rows;
}

async function measure(what: string, load: Omit<AppendLoad, "topics">, scale: Scale): Promise<Rates> {
  await using resources = new Resources();
  const path = (): string => resources.folder();
  const contestants: Appender[] = [];
  const add = async (name: string, topicCount: number, log: AppendLog & { close(): Promise<void> }) => {
    resources.keep(log);
    const topics = shuffled(topicCount);
    // A topic's first event costs more, and comes once.
    await fill(log, topics, topicCount);
    contestants.push(new Appender(name, log, { ...load, topics }));
  };
  for (const count of TOPIC_COUNTS) await add(rtmsg(count), count, await RtmsgLog.open(path(), count));
  await add(RAW, 1, new RawLmdb(path(), "offset"));
  await add(RAW_BY_TOPIC, MANY_TOPICS, new RawLmdb(path(), "topic and offset"));
  await add(FILE, 1, new AppendFile(path()));
  return await runRounds(contestants, { ...scale, label: `appends, ${what}` });
}

function rowsOf(way: string, rates: Rates): Row[] {
  const row = (count: number, other: string, target?: Target): Row => ({
    group: GROUP,
    what: `${topicsText(count)}, ${way}`,
    value: rates.of(rtmsg(count)).median,
    other,
    otherValue: rates.of(other).median,
    unit: "/s",
    ratio: rates.ratio(rtmsg(count), other),
    target,
  });
  const one: Target = { of: "ratio", is: "at least", bound: 1 };
  const half: Target = { of: "ratio", is: "at least", bound: 0.5 };
  const isSingle = way === WAYS[0]?.what;
  return [
    row(1, RAW, isSingle ? one : undefined),
    row(1, FILE),
    row(100, RAW),
    row(MANY_TOPICS, RAW),
    row(MANY_TOPICS, RAW_BY_TOPIC),
    { ...row(MANY_TOPICS, rtmsg(1), isSingle ? half : undefined) },
  ];
}

function rtmsg(topics: number): string {
  return `rtmsg, ${topicsText(topics)}`;
}

function topicsText(count: number): string {
  return count === 1 ? "1 topic" : `${count.toLocaleString("en")} topics`;
}
