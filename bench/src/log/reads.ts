import type { Row, Target } from "../harness/result.js";
import { runRounds, type Contestant } from "../harness/rounds.js";
import { Resources } from "../harness/resources.js";
import { AppendFile } from "./append-file.js";
import { fill, shuffled } from "./appender.js";
import { RawLmdb } from "./raw-lmdb.js";
import { RtmsgLog } from "./rtmsg-log.js";
import type { Scale } from "./scale.js";

const GROUP = "Reading, in the order of the log";
const TOPICS = 100;
const ONE = "1 topic";
const EACH = "each of 100 topics that lie mixed";
const PATTERN = "100 topics by a pattern";
const RAW = "raw lmdb, a range";
const RAW_BY_TOPIC = "raw lmdb, a range for each of 100 topics, keys by topic";
const FILE = "append-only file";

/** Compares reading a log of some topics from its beginning. */
export async function benchReads(scale: Scale): Promise<Row[]> {
  await using resources = new Resources();
  const path = (): string => resources.folder();
  scale.progress.show("reads: writing what is read");
  const one = resources.keep(await RtmsgLog.open(path(), 1));
  const many = resources.keep(await RtmsgLog.open(path(), TOPICS));
  const raw = resources.keep(new RawLmdb(path(), "offset"));
  const rawByTopic = resources.keep(new RawLmdb(path(), "topic and offset"));
  const file = resources.keep(new AppendFile(path()));
  const topics = shuffled(TOPICS);
  await fill(one, [0], scale.readEvents);
  for (const log of [many, raw, rawByTopic, file]) await fill(log, topics, scale.readEvents);
  const reader = (name: string, read: () => number | Promise<number>): Contestant =>
    readerOf(name, scale.readEvents, read);
  const rates = await runRounds(
    [
      reader(ONE, () => one.readTopic(0)),
      reader(EACH, async () => {
        let count = 0;
        for (const topic of topics) count += await many.readTopic(topic);
        return count;
      }),
      reader(PATTERN, () => many.readAll()),
      reader(RAW, () => raw.readAll()),
      reader(RAW_BY_TOPIC, () => topics.reduce((sum, topic) => sum + rawByTopic.readTopic(topic), 0)),
      reader(FILE, () => file.readAll()),
    ],
    { ...scale, label: "reads" },
  );
  const row = (what: string, other: string, target?: Target): Row => ({
    group: GROUP,
    what,
    value: rates.of(what).median,
    other,
    otherValue: rates.of(other).median,
    unit: "/s",
    ratio: rates.ratio(what, other),
    target,
  });
  const target: Target = { of: "ratio", is: "at least", bound: 0.7 };
  return [
    row(ONE, RAW, target),
    { ...row(ONE, RAW), target: { of: "value", is: "at least", bound: 500_000 } },
    row(ONE, FILE),
    row(EACH, RAW, target),
    row(EACH, RAW_BY_TOPIC),
    row(PATTERN, RAW, target),
  ];
}

/** A contestant that reads so many events in a round; another number than expected ends the benchmark. */
export function readerOf(name: string, events: number, read: () => number | Promise<number>): Contestant {
  return {
    name,
    async round() {
      const start = performance.now();
      const count = await read();
      const seconds = (performance.now() - start) / 1_000;
      if (count !== events) throw new Error(`${name}: ${count} events were read, not ${events}`);
      return count / seconds;
    },
  };
}
