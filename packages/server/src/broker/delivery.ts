import type { StoredEvent } from "../log/stored-event.js";
import type { Gap, Mark } from "../protocol/event.js";

/** What a subscription delivers: an event as it is stored, or an item about the stream itself. */
export type Delivery = StoredEvent | Mark | Gap;

/** Whether a delivery is an event. */
export function isStoredEvent(delivery: Delivery): delivery is StoredEvent {
  return !("type" in delivery);
}
