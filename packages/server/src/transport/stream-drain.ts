import type { Writable } from "node:stream";

/** A stream that tells when what was written to it has left: a socket, or a response over one. */
export type DrainingStream = Pick<
  Writable,
  "writableLength" | "writableHighWaterMark" | "writableEnded" | "destroyed" | "on" | "off"
>;

/**
 * Whether a stream holds no more unsent bytes than it may, or is done for. Below its high-water mark a
 * stream does not tell when it has drained, so that much it may always hold.
 */
export function isDrained(stream: DrainingStream, maxBytes: number): boolean {
  if (stream.destroyed || stream.writableEnded) return true;
  return stream.writableLength <= Math.max(maxBytes, stream.writableHighWaterMark);
}

/**
 * Waits while a stream holds more unsent bytes than it may. This is what keeps a reader that does not
 * read from growing the server's memory.
 *
 * @param stream - the connection
 * @param maxBytes - how much it may hold
 */
export async function drained(stream: DrainingStream, maxBytes: number): Promise<void> {
  while (!isDrained(stream, maxBytes)) await nextDrain(stream);
}

const waits = new WeakMap<DrainingStream, Promise<void>>();

/** Resolves when a stream has drained or closed; however many wait for it, it is listened to once. */
function nextDrain(stream: DrainingStream): Promise<void> {
  let wait = waits.get(stream);
  if (wait === undefined) {
    wait = new Promise((resolve) => {
      const done = (): void => {
        waits.delete(stream);
        stream.off("drain", done);
        stream.off("close", done);
        resolve();
      };
      stream.on("drain", done);
      stream.on("close", done);
    });
    waits.set(stream, wait);
  }
  return wait;
}
