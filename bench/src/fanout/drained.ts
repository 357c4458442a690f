import type { Audience } from "./audience.js";

/** How long deliveries may come to a stop. */
const STALL_MS = 30_000;

/** Waits until nothing is due any more; gives up when nothing comes for long, and leaves it to a check to say so. */
export async function drained(
  audience: Audience,
  due: () => number,
  onDelivery: () => void = () => undefined,
): Promise<void> {
  let { delivered } = audience;
  while (due() > 0) {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, STALL_MS);
      audience.onDelivery = () => {
        onDelivery();
        if (due() > 0) return;
        clearTimeout(timer);
        resolve();
      };
    });
    if (audience.delivered === delivered) break;
    ({ delivered } = audience);
  }
  audience.onDelivery = () => undefined;
}
