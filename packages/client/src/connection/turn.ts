/** Node's, Bun's and Deno's; browsers have none. */
const { setImmediate: immediately } = globalThis as {
  readonly setImmediate?: (callback: () => void) => unknown;
};

/** Calls waiting for the message that stands for the end of the turn. */
let waiting: (() => void)[] = [];
let port: MessagePort | undefined;

/**
 * Calls back at the end of this turn of the event loop, so that everything that is sent in a turn can
 * leave as one message. A timer would do as well, but a browser's takes 4 ms.
 *
 * @param callback - called once
 */
export function atEndOfTurn(callback: () => void): void {
  if (immediately !== undefined) immediately(callback);
  else if (waiting.push(callback) === 1) openPort().postMessage(null, []);
}

function openPort(): MessagePort {
  if (port !== undefined) return port;
  const channel = new MessageChannel();
  channel.port1.addEventListener("message", () => {
    const due = waiting;
    waiting = [];
    for (const callback of due) callback();
  });
  channel.port1.start();
  port = channel.port2;
  return port;
}
