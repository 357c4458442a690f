// A subscriber in a process of its own (see catch-up-reader.ts).
import { Connection } from "./connection.js";
import type { CatchUpResult, CatchUpTask } from "./catch-up-reader.js";
import { trpcProtocol, trpcRequest } from "./protocols/trpc.js";
import { Receiver } from "./receiver.js";

const STALL_MS = 60_000;

process.once("disconnect", () => process.exit(1));
process.on("message", (task: CatchUpTask) => {
  catchUp(task)
    .then((seconds) => ({ seconds }))
    .catch((error: unknown) => ({ failure: String(error) }))
    .then((outcome) => process.send?.({ outcome } satisfies CatchUpResult))
    .catch(() => process.exit(1));
});

async function catchUp({ port, topic, events, procedure }: CatchUpTask): Promise<number> {
  const connection = await Connection.open(port, trpcProtocol);
  const receiver = new Receiver();
  const start = performance.now();
  try {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`it came to event ${receiver.next}`)), STALL_MS);
      connection.onFailure = reject;
      connection.onData = (chunk) => {
        receiver.take(chunk);
        if (receiver.failure !== undefined) reject(receiver.failure);
        if (receiver.next < events) return;
        clearTimeout(timer);
        resolve();
      };
      connection.write(trpcRequest(1, "subscription", procedure, { topic, from: "earliest" }));
    });
    return (performance.now() - start) / 1_000;
  } finally {
    await connection.close();
  }
}
