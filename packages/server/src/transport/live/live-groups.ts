import type { FanOut } from "../../broker/fan-out.js";
import type { Subscription } from "../../broker/subscription.js";
import type { DeliveryEncoding } from "./delivery-encoding.js";
import { LiveGroup, type LiveMember, type Seat } from "./live-group.js";

/** A broker, as far as its subscriptions know it. */
type Source = Pick<Subscription, "fanOut" | "epoch" | "telemetry">;

/** A group, and what ends its events. */
interface Entry {
  readonly group: LiveGroup;
  readonly stop: () => void;
}

const groupsByFanOut = new WeakMap<FanOut, LiveGroups>();

/** The groups of the broker that a subscription belongs to: a router may serve several. */
export function liveGroupsOf(source: Source): LiveGroups {
  const { fanOut } = source;
  let groups = groupsByFanOut.get(fanOut);
  if (groups === undefined) {
    groups = new LiveGroups(source);
    groupsByFanOut.set(fanOut, groups);
  }
  return groups;
}

/** The groups of live subscriptions of one broker, by selection and encoding. */
export class LiveGroups {
  readonly #fanOut: FanOut;
  readonly #source: Source;
  readonly #entries = new Map<DeliveryEncoding, Map<string, Entry>>();

  /** @param source - where the events come from, the log's incarnation, and what counts the deliveries */
  constructor(source: Source) {
    this.#fanOut = source.fanOut;
    // Not the subscription itself, which would be kept for as long.
    this.#source = { fanOut: source.fanOut, epoch: source.epoch, telemetry: source.telemetry };
  }

  /** How many groups there are. */
  get size(): number {
    let size = 0;
    for (const bySelection of this.#entries.values()) size += bySelection.size;
    return size;
  }

  /**
   * Adds a live subscription.
   *
   * @param selection - the name or pattern of its events
   * @param encoding - how they are written
   * @param member - the subscription
   * @param joinedAt - it has every event up to here
   */
  join(selection: string, encoding: DeliveryEncoding, member: LiveMember, joinedAt: number): Seat {
    let bySelection = this.#entries.get(encoding);
    if (bySelection === undefined) {
      bySelection = new Map();
      this.#entries.set(encoding, bySelection);
    }
    const entries = bySelection;
    let entry = entries.get(selection);
    if (entry === undefined) {
      const group = new LiveGroup(this.#source, encoding, () => {
        entries.get(selection)?.stop();
        entries.delete(selection);
      });
      entry = { group, stop: this.#fanOut.add(selection, group) };
      entries.set(selection, entry);
    }
    return entry.group.join(member, joinedAt);
  }
}
