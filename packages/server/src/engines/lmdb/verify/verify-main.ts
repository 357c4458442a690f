import { LogCheck } from "./log-check.js";
import type { VerifyMessage } from "./verify-message.js";

const send = (message: VerifyMessage): void => {
  process.send?.(message);
};

try {
  new LogCheck(process.argv[2] as string, send).run();
} catch (error) {
  send({ type: "problem", text: `data.mdb cannot be read: ${(error as Error).message}` });
  send({ type: "done", counts: { topics: 0, blocks: 0, events: 0, bytes: 0 } });
}
// What was sent arrives first; lmdb is not closed, which damaged pages could make fail.
process.disconnect();
