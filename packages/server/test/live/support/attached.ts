import type { Broker } from "../../../src/broker/broker.js";
import { liveGroupsOf } from "../../../src/transport/live/live-groups.js";

/** What a broker's subscriptions hold on to. */
export function attachedTo(broker: Broker): { subscribers: number; groups: number; sinks: number } {
  const { fanOut, epoch, telemetry, subscriberCount: subscribers } = broker;
  return { subscribers, groups: liveGroupsOf({ fanOut, epoch, telemetry }).size, sinks: fanOut.size };
}

/** When nothing is attached any more. */
export const NOTHING = { subscribers: 0, groups: 0, sinks: 0 };
