import { Resources } from "../../harness/resources.js";
import type { Outcome, Row } from "../../harness/result.js";
import { Rates, runRounds } from "../../harness/rounds.js";
import { spreadOf } from "../../harness/statistics.js";
import { drained } from "../drained.js";
import { FanOutLoad } from "../fan-out-load.js";
import { PeakMemory } from "../peak-memory.js";
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
  const [peakWithout, peakAmong] = [without, among].map(({ server }) =>
    resources.keep(new PeakMemory(server)),
  ) as [PeakMemory, PeakMemory];
  await runRounds([without, among], { rounds, warmUps: WARM_UPS, label: title, progress });
  const stalledPeak = peakAmong.peak;
  const perSecond = await catchUp(among, (percent) => progress.show(`${title}: caught up ${percent}%`));

  const loads = [without, among];
  const live = ratesOf(loads, RATE, rounds);
  const keyed = (peak: number): number => (peak - peakWithout.peak) / subscribers / 1_024;
  const memory = (what: string, value: number): Row => ({
    group: "anonymous memory of each stalled subscriber, at its peak",
    what,
    value,
    other: "bound of its buffer",
    otherValue: BUFFER_KB,
    unit: "KB",
    ratio: spreadOf([value / BUFFER_KB]),
    target: ratioAtMost(1),
  });
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
    memory("while stalled", keyed(stalledPeak)),
    memory("while catching up too", keyed(peakAmong.peak)),
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
