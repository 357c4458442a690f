import { Resources } from "../../harness/resources.js";
import type { Outcome, Row } from "../../harness/result.js";
import { Rates, runRounds } from "../../harness/rounds.js";
import { spreadOf } from "../../harness/statistics.js";
import { drained } from "../drained.js";
import { FanOutLoad } from "../fan-out-load.js";
import { PeakMemory, type PeakMemoryOptions } from "../peak-memory.js";
import { RTMSG_LMDB } from "../peers.js";
import { CPU, RATE, ratesOf, ratioAtMost, rowOf } from "../rows.js";
import type { Scale } from "../scale.js";

const WARM_UPS = 1;
/** The part of the events that is sent where nobody is stalled, to compare with. */
const SHARE_WITHOUT = 0.2;
/** The server's default for `maxBufferedBytes`, in KB. */
const BUFFER_KB = 1_024;
const EVENTS_AFTER = 200;
const ALIVE_MS = 10_000;
const WITH_GARBAGE: PeakMemoryOptions = { intervalMs: 100, collects: false };
/** A collection takes a while, so there are fewer. */
const HELD: PeakMemoryOptions = { intervalMs: 1_000, collects: true };

/** Subscribers that do not read while others get very many events, and then read it all. */
export async function benchStalled(scale: Scale): Promise<Outcome> {
  await using resources = new Resources();
  const { progress, stalled: scenario } = scale;
  const { subscribers, rounds } = scenario;
  const count = subscribers.toLocaleString("en");
  const title = `${count} stalled subscribers among ${count} live ones, ${scenario.events.toLocaleString("en")} events of 128 B, lmdb`;
  const events = Math.ceil(scenario.events / (rounds + WARM_UPS));
  const [WITH, WITHOUT] = [`${count} stalled`, "none stalled"];
  progress.show(`${title}: connecting`);
  const load = (name: string, stalled: number, share: number): Promise<FanOutLoad> => {
    const round = { events: Math.ceil(events * share) };
    return FanOutLoad.open(resources, RTMSG_LMDB, { name, subscribers, stalled, bytes: 128, round });
  };
  const without = await load(WITHOUT, 0, SHARE_WITHOUT);
  const among = await load(WITH, subscribers, 1);
  const watch = ({ server }: FanOutLoad, options: PeakMemoryOptions): PeakMemory =>
    resources.keep(new PeakMemory(server, options));
  const [peakWithout, peakAmong] = [watch(without, WITH_GARBAGE), watch(among, WITH_GARBAGE)];
  await runRounds([without, among], { rounds, warmUps: WARM_UPS, label: title, progress });
  const stalledPeak = peakAmong.peak;
  const heldWithout = (await without.server.usage({ collects: true })).anonymousBytes;
  const held = watch(among, HELD);
  const perSecond = await catchUp(among, (percent) => progress.show(`${title}: caught up ${percent}%`));
  await held.look();

  const loads = [without, among];
  const live = ratesOf(loads, RATE, rounds);
  const memory = (what: string, bytes: number): Row => {
    const value = bytes / subscribers / 1_024;
    return {
      group: "anonymous memory of each stalled subscriber, at its peak",
      what,
      value,
      other: "bound of its buffer",
      otherValue: BUFFER_KB,
      unit: "KB",
      ratio: spreadOf([value / BUFFER_KB]),
      target: ratioAtMost(1),
    };
  };
  const CATCHING_UP = `${count} that catch up`;
  const rates = new Rates(
    new Map([
      [CATCHING_UP, [perSecond]],
      [WITHOUT, [live.of(WITHOUT).median]],
    ]),
  );
  const rows = [
    rowOf(RATE, live, [WITH, WITHOUT], { of: "ratio", is: "at least", bound: 0.8 }),
    rowOf(RATE, rates, [CATCHING_UP, WITHOUT]),
    rowOf(CPU, ratesOf(loads, CPU, rounds), [WITH, WITHOUT], ratioAtMost(1.2)),
    memory("while stalled", stalledPeak - peakWithout.peak),
    memory("while catching up", held.peak - heldWithout),
    { ...memory("the same with garbage", peakAmong.peak - peakWithout.peak), target: undefined },
  ];
  return { title, rows, skipped: [] };
}

/** Lets the stalled read all they missed, and live events after it; returns their deliveries per second. */
async function catchUp(load: FanOutLoad, onProgress: (percent: number) => void): Promise<number> {
  const { stalled, audience, publisher } = load;
  if (stalled === undefined) throw new Error("Nobody is stalled");
  const missed = stalled.due(publisher.sent);
  const alive = setInterval(() => {
    load.tellAlive();
    onProgress(Math.round((1 - stalled.due(publisher.sent) / missed) * 100));
  }, ALIVE_MS);
  const start = performance.now();
  stalled.resume();
  await drained(stalled, () => stalled.due(publisher.sent));
  const seconds = (performance.now() - start) / 1_000;
  stalled.verify(publisher.sent);
  publisher.send(EVENTS_AFTER);
  for (const each of [stalled, audience]) {
    await drained(each, () => each.due(publisher.sent));
    each.verify(publisher.sent);
  }
  clearInterval(alive);
  return missed / seconds;
}
